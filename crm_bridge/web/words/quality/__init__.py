"""What is said of how customers are served: surveys, reviews."""
