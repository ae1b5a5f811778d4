"""Departments: what was routed to them, what they accept or send back, and which of them are open."""
