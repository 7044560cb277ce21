"""Figures as ratios: ours beside the bare library, several times in turn, in one run on one machine."""
