"""The A2O notebook's cells 2.3 to 3.1 as a script: the behaviour that `bowerbird extract` reproduces byte for byte.

Only the folders are arguments, the input files are sorted, and tqdm's bar is gone. Everything else is the notebook's
own, faults included, so do not improve it.
"""

import datetime
import json
import os
import re
import sys

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf

feature_description = {
    'timestamp_s': tf.io.FixedLenFeature([], tf.float32),
    'filename': tf.io.FixedLenFeature([], tf.string),
    'embedding': tf.io.FixedLenFeature([], tf.string),
    'embedding_shape': tf.io.FixedLenFeature([3], tf.int64)
}

# Define a function to parse the TFRecordDataset
def parse_tfrecord(example_proto):
    # Parse the features from the serialized example
    features = tf.io.parse_single_example(example_proto, feature_description)

    # extract embedding as 3D array of float32, from byte string
    embedding = tf.io.parse_tensor(features["embedding"], out_type=tf.float32)

    return features['timestamp_s'], features["filename"], embedding, features["embedding_shape"]


def extract(sample_data_filenames, METADATA_DIR, EMBEDDINGS_DIR):
    count = 0
    for dataset_filename in sample_data_filenames:
        embeddings =[]
        metadata = []
        raw_dataset = tf.data.TFRecordDataset(dataset_filename)
        for timestamp_s, filename, embedding, embedding_shape in raw_dataset.map(parse_tfrecord).as_numpy_iterator():
            [(
                site_id,
                file_datetime,
                timezone,
                site_name,
                subsite_name,
                file_seq_id
            )] = re.findall(
                r"site_(?P<site_id>\d{4})\/(?P<datetime>\d{8}T\d{6})(?P<timezone>(?:\+\d{4})|Z)_(?P<site_name>(?:\w*|-)*)-(?P<subsite_name>(?:Wet|Dry)-(?:A|B))_(?P<file_seq_id>\d*).flac",
                filename.decode("utf-8")
            )

            # Some files have just "Z" as timezone, assume UTC in this case
            timezone = "+0000" if timezone == "Z" else timezone
            file_datetime = datetime.datetime.strptime(f"{file_datetime}{timezone}", "%Y%m%dT%H%M%S%z")
            midnight = file_datetime.replace(hour=0, minute=0, second=0)
            file_offset_since_midnight = (file_datetime - midnight).seconds

            # `embedding` is a 3D array with Dims [12,1,1280]
            # We loop over the first dimension to "flatten"
            # the 12 emebddings per minute
            # and extract the single channel (2nd dimension).
            # We add each of the 12 embeddings as their own record
            for i, _embedding in enumerate(embedding[:,0]):

                count +=1

                embeddings.append(_embedding)
                metadata.append({
                    "file_timestamp": int(file_datetime.timestamp()),
                    "file_seconds_since_midnight": file_offset_since_midnight,
                    "recording_offset_in_file": int(timestamp_s + (5*i)),
                    "site_id": site_id,
                    "site_name": site_name,
                    "subsite_name": subsite_name,
                    "file_seq_id": int(file_seq_id),
                    "filename": filename.decode("utf-8")
                })

        # extract filename, removes extension
        stripped_filename = dataset_filename.split('/')[-1].split('.')[0]

        # prep filepaths for generated files
        metadata_filepath = os.path.join(METADATA_DIR, f"{stripped_filename}.json")
        numpy_filepath = os.path.join(EMBEDDINGS_DIR, f"{stripped_filename}.npy")

        # write metadata to disk
        with open(metadata_filepath, "w") as f:
            f.write(json.dumps(metadata))

        # write embeddings to distk
        np.save(numpy_filepath, embeddings)

    print(f"Total number of data records: {count}")


def main(DATA_DIR, OUT_DIR):
    sample_data_filenames = [
        os.path.join(DATA_DIR, file)
        for file in sorted(os.listdir(DATA_DIR))
        if os.path.isfile(os.path.join(DATA_DIR, file))
    ]

    # target directories
    METADATA_DIR = os.path.join(OUT_DIR, "metadata")
    EMBEDDINGS_DIR = os.path.join(OUT_DIR, "embeddings")
    os.makedirs(METADATA_DIR, exist_ok=True)
    os.makedirs(EMBEDDINGS_DIR, exist_ok=True)

    extract(sample_data_filenames, METADATA_DIR, EMBEDDINGS_DIR)


if __name__ == "__main__":
    main(*sys.argv[1:])
