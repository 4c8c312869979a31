"""What an uplink may not tell of people is hidden from it: views of the log, one for each uplink.

The log holds what was counted. How much of that one reader of it may know is a matter of that
reader, so it is hidden where rows become entries, for each uplink by itself (docs/privacy.md).
"""

