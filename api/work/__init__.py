"""Work shared fairly: who is there, who is away, who is given which paper, and what rises when nobody takes it."""
