"""A whole simulated node on one computer, with a broker outage in the middle, and its ledger."""
