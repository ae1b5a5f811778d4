"""Pages for people: server-rendered, usable without JavaScript, in three languages."""
