"""Which bundles there are, what each has done, and what another would have done."""
