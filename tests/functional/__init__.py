"""The pages in a real browser, on a real service: one of each for all tests."""
