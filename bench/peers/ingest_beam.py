"""How long does a Beam pipeline take from a CSV of labels and WAV files to TFRecord shards?

    .cache/ingest-venv/bin/python bench/peers/ingest_beam.py labels.csv FOLDER PREFIX SHARDS

The pipeline that `bowerbird ingest` replaces, from local files, on Beam's direct runner: read the lines, split them, decode with
tf.audio.decode_wav, serialize, write. Prints one JSON line. The clock starts after Beam and TensorFlow are loaded.
"""

import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import apache_beam as beam
import tensorflow as tf
from apache_beam.options.pipeline_options import PipelineOptions


class ReadAudio(beam.DoFn):
    def __init__(self, folder):
        self.folder = folder

    def process(self, line):
        label, name = line.split(",")
        with open(os.path.join(self.folder, name), "rb") as file:
            audio, _ = tf.audio.decode_wav(file.read())
        yield int(label), audio.numpy()


class ToExample(beam.DoFn):
    def process(self, element):
        label, audio = element
        serialized = tf.io.serialize_tensor(audio).numpy()
        features = {
            "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
            "audio": tf.train.Feature(bytes_list=tf.train.BytesList(value=[serialized])),
        }
        yield tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def main(csv, folder, prefix, shards):
    options = PipelineOptions(["--runner=DirectRunner"])
    started = time.perf_counter()
    with beam.Pipeline(options=options) as pipeline:
        _ = (
            pipeline
            | beam.io.ReadFromText(csv, skip_header_lines=1)
            | beam.ParDo(ReadAudio(folder))
            | beam.ParDo(ToExample())
            | beam.io.WriteToTFRecord(prefix, file_name_suffix=".tfrecord", num_shards=int(shards))
        )
    print(json.dumps({"peer": "beam", "seconds": round(time.perf_counter() - started, 3)}))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
