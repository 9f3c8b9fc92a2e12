"""What performance claims rest on: each figure stands beside a floor of the same run."""
