"""How fast the whole service is: `make bench` runs it after the bundle's own figures."""
