"""OAuth connections: their life from registration over consent to daily renewal."""
