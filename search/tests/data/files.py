"""Writes the files below files/, by the programs that users have: SciPy, NumPy, safetensors, Pillow, tokenizers.

    python files.py

Channel c of the pixel (y, x) of image n is (37 n + 11 c + 7 y + 3 x) mod 251; the class of image n is n mod 3.
"""
import os
import numpy as np
from PIL import Image
from safetensors.numpy import save_file
from scipy.io import savemat
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

HEIGHT, WIDTH = 5, 4
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")


def images(count, channels=3, height=HEIGHT, width=WIDTH):
    n, c, y, x = np.ogrid[:count, :channels, :height, :width]
    return ((37 * n + 11 * c + 7 * y + 3 * x) % 251).astype(np.uint8)


def labels(count):
    return np.arange(count) % 3


def path(*names):
    whole = os.path.join(HERE, *names)
    os.makedirs(os.path.dirname(whole), exist_ok=True)
    return whole


# SVHN: height, width, channels, images; 10 is the digit 0. The type of y is that of the real files, double, which are compressed.
for name, count, compressed in (("train_32x32", 12, True), ("test_32x32", 6, False)):
    y = labels(count)
    y = np.where(y == 0, 10, y).astype(np.float64)[:, None]
    x = images(count).transpose(2, 3, 1, 0)
    savemat(path("svhn", name + ".mat"), {"X": x, "y": y}, do_compression=compressed)

# NumPy: channels last and labels in 64 bits, as Keras has them.
last = lambda count: images(count).transpose(0, 2, 3, 1)
np.savez_compressed(path("npz", "data.npz"), x_train=last(12), y_train=labels(12), x_test=last(6), y_test=labels(6)[:, None])
np.savez(path("npz-plain", "train.npz"), images=images(12, 1)[:, 0].astype(np.float32) / 255, labels=labels(12).astype(np.uint8))
np.savez(path("npz-plain", "test.npz"), images=images(6, 1)[:, 0].astype(np.float32) / 255, labels=labels(6).astype(np.uint8))
save_file(
    {"images": images(12), "labels": labels(12), "test_images": images(6), "test_labels": labels(6)},
    path("safetensors", "data.safetensors"),
)

# A folder for each class. Formats that hold all bits, in colour and in grey; and one JPEG of a single colour.
for part, count in (("train", 12), ("test", 6)):
    for n, pixels in enumerate(images(count)):
        colour = Image.fromarray(pixels.transpose(1, 2, 0))
        colour.save(path("folder", part, "abc"[n % 3], f"{n:02}.png"))
for n, pixels in enumerate(images(15, 1)):
    grey = Image.fromarray(pixels[0])
    grey.save(path("folder-grey", "abc"[n % 3], f"{n:02}.png"))
os.makedirs(os.path.join(HERE, "kinds", "a"), exist_ok=True)
os.makedirs(os.path.join(HERE, "kinds", "b"), exist_ok=True)
flat = Image.new("RGB", (8, 8), (200, 100, 50))
flat.save(path("kinds", "a", "1.jpg"), quality=95)
flat.convert("P").save(path("kinds", "a", "2.png"))
flat.convert("RGBA").save(path("kinds", "b", "3.png"))
Image.fromarray(np.full((8, 8), 40000, np.uint16)).save(path("kinds", "b", "4.png"))
Image.new("L", (8, 8), 90).save(path("kinds", "b", "5.jpeg"), quality=95)

# A tokenizer of pairs of bytes, of 300 tokens.
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
text = "It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a wife. " * 3
tokenizer.train_from_iterator([text], trainer)
tokenizer.save(path("tokenizer.json"))
print(tokenizer.encode("It is a truth").ids, tokenizer.get_vocab_size())
