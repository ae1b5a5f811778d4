"""Papers that belong together: proposals with their ground, links, groups, and papers that are split and merged."""
