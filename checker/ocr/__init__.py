"""Text in pictures: find and read lines, follow them over time, measure them, know visible generator marks."""
