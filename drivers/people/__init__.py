"""Parts that count or notice people, and the counting algorithms they share."""
