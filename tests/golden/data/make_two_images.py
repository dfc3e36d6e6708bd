"""Two images of 2x2 a sample, and a map of classes of their size: two-images.npz, for the message about augment."""
import numpy as np

np.savez("two-images.npz", a=np.zeros((4, 2, 2), np.uint8), b=np.zeros((4, 2, 2), np.uint8), map=np.arange(16, dtype=np.int32).reshape(4, 2, 2) % 3)
