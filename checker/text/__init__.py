"""What words say: labels, promotion, people, minors, topics and safety; rules and lists, no neural network."""
