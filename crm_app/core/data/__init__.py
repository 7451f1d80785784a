"""Reference data shipped with the product; README.md says where each file comes from."""
