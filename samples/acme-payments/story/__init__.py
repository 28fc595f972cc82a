"""The invented fortnight of Acme Payments: who exists, what they do, and what CloudTrail delivers."""
