"""What may be routed unread: switches, the decision policy, and its shadow."""
