"""How ready a channel is, who does how much of the work, and what was learned: measured from the audit trail."""
