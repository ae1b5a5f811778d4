"""Search of papers: over text, entities, numbers and names, across scripts, endings and slips."""
