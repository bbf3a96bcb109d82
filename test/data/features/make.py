"""Makes sound.wav and the goldens beside it. Nothing here computes features: what it calls does.

    pip install numpy==2.4.6 transformers==5.24.0 librosa==0.11.0 kaldi-native-fbank==1.23.0     # no torch: the NumPy path is the reference
    python make.py
    pip install tensorflow-cpu==2.21.0                                                           # or in an environment of its own
    python make.py tensorflow
    npx biome check --write goldens.json

A golden is one .npy of float32, [picked frames, bins], and an entry of goldens.json that says by which options it was made. A recipe makes the
input of sound.wav, the same here and in test/unit/features/golden-files.ts.
"""

import json
import sys
import wave
from pathlib import Path

import numpy as np

here = Path(__file__).parent


def make_sound():
    """1.5 s at 16 kHz: faint noise, a loud tone beside it (80 dB above), a sweep, digital silence, a click."""
    rate, random = 16000, np.random.default_rng(16)
    t = np.arange(24000) / rate
    x = 2e-5 * random.standard_normal(t.size)
    x[4000:9600] += 0.7 * np.sin(2 * np.pi * 1234.5 * t[4000:9600])
    x[8000:16000] += 0.2 * np.sin(2 * np.pi * (100 * t[:8000] + 7400 * t[:8000] ** 2))
    x[16000:17600] = 0
    x[19000:19004] = [0.9, -0.8, 0.6, -0.3]
    x[20000:] += 0.01 * random.standard_normal(4000)
    with wave.open(str(here / "sound.wav"), "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes(np.clip(np.round(x * 32768), -32768, 32767).astype("<i2").tobytes())


def sound(recipe):
    with wave.open(str(here / "sound.wav")) as file:
        x = np.frombuffer(file.readframes(1 << 30), "<i2").astype(np.float32) / np.float32(32768)
    if recipe == "sound":
        return x
    if recipe == "long":  # 31 s
        return np.resize(x, 496000)
    if recipe == "endsLoud":  # 30 s of the faint noise, and one full-scale sample at the very end
        y = np.resize(x[:4000], 480000)
        y[-1] = 1
        return y
    raise ValueError(recipe)


goldens = []


def keep(name, by, recipe, options, features, tolerance, step=5):
    """`features` [frames, bins]; frames are kept by `step`, and the first and last five."""
    features = np.asarray(features)
    count = len(features)
    picked = sorted(set(range(0, min(count, 160), step)) | set(range(5)) | set(range(count - 5, count)))
    np.save(here / f"{name}.npy", features[picked].astype("<f4"))
    entry = {"name": name, "by": by, "recipe": recipe, "options": options, "frames": count, "picked": picked, "tolerance": tolerance}
    goldens.append(entry)


def whisper():
    import transformers
    from transformers import WhisperFeatureExtractor

    assert not transformers.utils.is_torch_available()
    by = f"transformers {transformers.__version__}"
    for bins, recipe in [(80, "sound"), (128, "sound"), (80, "long"), (80, "endsLoud")]:
        extract = WhisperFeatureExtractor(feature_size=bins)
        features = extract(sound(recipe), sampling_rate=16000, return_tensors="np").input_features[0]
        options = {"preset": "whisper", "sampleRate": 16000, "bins": bins}
        keep(f"whisper-{bins}-{recipe}", by, recipe, options, features.T, 1e-4)


def librosa():
    import librosa as lib

    by = f"librosa {lib.__version__}"
    x = sound("sound")
    mel = lib.feature.melspectrogram
    base = {"preset": "librosa", "sampleRate": 22050}
    keep("librosa-db", by, "sound", base, lib.power_to_db(mel(y=x, sr=22050)).T, 1e-3)
    raw = {"logarithm": "none", "range": 0}
    keep("librosa-power", by, "sound", {**base, **raw}, mel(y=x, sr=22050).T, "relative")
    options = {"fft": 1024, "windowLength": 882, "hop": 441, "framing": "centerReflect", "bins": 64, "low": 50, "high": 14000}
    theirs = dict(n_fft=1024, win_length=882, hop_length=441, pad_mode="reflect", n_mels=64, fmin=50, fmax=14000)
    odd = {**base, **raw, **options, "sampleRate": 44100}
    keep("librosa-window", by, "sound", odd, mel(y=x, sr=44100, **theirs).T, "relative")
    magnitude = {**odd, "window": "hamming", "spectrum": "magnitude"}
    keep("librosa-hamming", by, "sound", magnitude, mel(y=x, sr=44100, window="hamming", power=1, **theirs).T, "relative")
    # 551 = 19 * 29: factors without a body of their own; 1470 = 2 * 3 * 5 * 7 * 7.
    for fft in [1102, 1470, 512, 6]:
        bins = min(40, fft // 2)
        options = {**base, **raw, "fft": fft, "hop": 300, "bins": bins}
        keep(f"librosa-fft-{fft}", by, "sound", options, mel(y=x, sr=22050, n_fft=fft, hop_length=300, n_mels=bins).T, "relative")
    # torchaudio.functional.melscale_fbanks documents itself as librosa's with htk=True, norm=None; its STFT reflects. Not by librosa's own
    # pad_mode="reflect", which takes a wrong sample where exactly half a frame is left for the last one.
    reflected = np.pad(x, 200, mode="reflect")
    htk = mel(y=reflected, sr=16000, n_fft=400, hop_length=200, n_mels=128, center=False, htk=True, norm=None)
    options = {"preset": "torchaudio", "sampleRate": 16000}
    keep("torchaudio-db", f"{by}, htk=True, norm=None", "sound", options, lib.power_to_db(htk, top_db=None).T, 1e-3)


def kaldi():
    import kaldi_native_fbank as knf

    by = f"kaldi-native-fbank {knf.__version__}"
    for name, window, rate, bins, snip in [("povey", "povey", 16000, 80, True), ("hamming", "hamming", 8000, 40, False)]:
        options = knf.FbankOptions()
        options.frame_opts.dither = 0
        options.frame_opts.samp_freq = rate
        options.frame_opts.window_type = window
        options.frame_opts.snip_edges = snip
        options.mel_opts.num_bins = bins
        fbank = knf.OnlineFbank(options)
        fbank.accept_waveform(rate, (sound("sound") * 32768).tolist())
        fbank.input_finished()
        features = np.array([fbank.get_frame(i) for i in range(fbank.num_frames_ready)])
        ours = {"preset": "kaldi", "sampleRate": rate, "window": window, "bins": bins, "framing": "inside" if snip else "mirror"}
        keep(f"kaldi-{name}", by, "sound", ours, features, "single")


def yamnet():
    import tensorflow as tf

    x = sound("sound")
    # As features.py of YAMNet calls it, params.py filled in.
    magnitude = tf.abs(tf.signal.stft(signals=x, frame_length=400, frame_step=160, fft_length=512))
    bank = tf.signal.linear_to_mel_weight_matrix(
        num_mel_bins=64, num_spectrogram_bins=257, sample_rate=16000, lower_edge_hertz=125, upper_edge_hertz=7500
    )
    features = tf.math.log(tf.matmul(magnitude, bank) + 0.001)
    options = {"preset": "yamnet", "sampleRate": 16000}
    keep("yamnet", f"tensorflow {tf.__version__}", "sound", options, features.numpy(), "single")
    yamnet_patches(tf, x, bank)


def yamnet_patches(tf, x, bank):
    """pad_waveform() and the end of waveform_to_log_mel_spectrogram_patches(), with the numbers of params.py."""
    least = int((0.96 + 0.025 - 0.010) * 16000)
    hop = int(0.48 * 16000)
    counts = {}
    for samples in [1, 400, least - 1, least, least + 1, least + hop, least + hop + 1, 24000, 160000]:
        padding = max(0, least - samples)
        behind = max(samples, least) - least
        padding += hop * int(np.ceil(behind / hop)) - behind
        wave = np.pad(np.resize(x, samples), (0, padding))
        magnitude = tf.abs(tf.signal.stft(signals=wave, frame_length=400, frame_step=160, fft_length=512))
        features = tf.math.log(tf.matmul(magnitude, bank) + 0.001)
        patches = tf.signal.frame(features, frame_length=96, frame_step=48, axis=0)
        counts[samples] = patches.shape[0]
        if samples == 24000:
            np.save(here / "yamnet-patches.npy", patches.numpy()[:, ::6].astype("<f4"))
    (here / "yamnet-patches.json").write_text(json.dumps(counts) + "\n")


if sys.argv[1:] == ["tensorflow"]:
    goldens = [golden for golden in json.loads((here / "goldens.json").read_text()) if golden["name"] != "yamnet"]
    yamnet()
else:
    make_sound()
    whisper()
    librosa()
    kaldi()
(here / "goldens.json").write_text("[\n" + ",\n".join(json.dumps(golden) for golden in goldens) + "\n]\n")
