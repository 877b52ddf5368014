"""From trained weights to a static site: reading, checking, rendering, writing. Imports neither JAX nor TFDS."""
