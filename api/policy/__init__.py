"""The competence rules in force: proposed by one person, tried, approved by another, and holding from a day on."""
