"""What people are told of: in the product, and by e-mail if they want it."""
