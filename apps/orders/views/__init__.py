"""The pages of orders, products and consignments, one module for each part of the menu."""
