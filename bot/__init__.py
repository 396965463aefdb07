"""The Seleqt privacy desk: people on one side, data on the other, decisions in the middle."""
