"""What `datasets` and huggingface_hub read: a dataset with all its rows, plain and streaming; or cards.

    dataset_read.py dataset PLACE CONFIG...     PLACE is a folder, or a repository at HF_ENDPOINT
    dataset_read.py rows PLACE CONFIG           the same without what the card says of sizes
    dataset_read.py cards FILE                  a list of texts
    dataset_read.py yaml FILE                   pairs of texts, before and after: what of the first PyYAML does not find in the second
    dataset_read.py decode PLACE CONFIG         with torchcodec

The last line is JSON.
"""

import base64
import hashlib
import json
import sys
import tempfile

from datasets import Audio, load_dataset


def told(row):
    audio = row['audio']
    sum = audio and hashlib.sha256(audio['bytes']).hexdigest()
    return [sum, audio and audio['path'], *(value for key, value in row.items() if key != 'audio')]


def config(place, name):
    # A cache of its own for each load: what was loaded before must not stand for what is there now.
    plain = load_dataset(place, name, split='train', cache_dir=tempfile.mkdtemp())
    stream = load_dataset(place, name, split='train', streaming=True)
    info = plain.info.splits['train']
    return {
        'features': {key: repr(value) for key, value in plain.features.items()},
        'streamed_features': {key: repr(value) for key, value in (stream.features or {}).items()},
        'rows': [told(row) for row in plain.cast_column('audio', Audio(decode=False))],
        'streamed': [told(row) for row in stream.cast_column('audio', Audio(decode=False))],
        'num_examples': info.num_examples,
        'arrow_bytes': plain.data.nbytes,
    }


def card(text):
    from datasets.info import DatasetInfosDict
    from datasets.utils.metadata import MetadataConfigs
    from huggingface_hub import DatasetCard

    parsed = DatasetCard(text)
    data = parsed.data
    infos = DatasetInfosDict.from_dataset_card_data(data)
    configs = MetadataConfigs.from_dataset_card_data(data)
    return {
        'data': json.loads(json.dumps(data.to_dict(), default=str)),
        'text': parsed.text,
        'configs': {name: value.get('data_files') for name, value in configs.items()},
        'infos': {
            name: {
                'features': None if info.features is None else {key: repr(value) for key, value in info.features.items()},
                'splits': None if info.splits is None else {key: [split.num_examples, split.num_bytes] for key, split in info.splits.items()},
                'sizes': [info.download_size, info.dataset_size],
            }
            for name, info in infos.items()
        },
    }


def decoded(place, name):
    rows = load_dataset(place, name, split='train')
    found = []
    for row in rows:
        samples = row['audio'].get_all_samples()
        found.append([list(samples.data.shape), samples.sample_rate])
    return found


def lost(before, after):
    """Sentences. What PyYAML cannot read to begin with is no loss."""
    import yaml
    from huggingface_hub.repocard import REGEX_YAML_BLOCK

    def read(text):
        match = REGEX_YAML_BLOCK.search(text)
        return yaml.safe_load(match.group(2)) or {} if match else {}

    # Of the last text in a block huggingface_hub cuts off the end of its line.
    trimmed = lambda value: value.rstrip('\n') if isinstance(value, str) else value
    try:
        old = read(before)
    except yaml.YAMLError:
        return []
    new = read(after)
    found = [f'{key}: {value!r} became {new.get(key)!r}' for key, value in old.items() if key not in ('configs', 'dataset_info') and trimmed(value) != trimmed(new.get(key))]
    for key in ('configs', 'dataset_info'):
        there = old.get(key) or []
        names = [item.get('config_name') for item in new[key]]
        found += [f'{key}: {names.count(name)} of {name}' for name in ('en', 'no') if names.count(name) != 1]
        found += [f'{key} lost {item}' for item in (there if isinstance(there, list) else [there]) if item.get('config_name') not in ('en', 'no') and item not in new[key]]
    return found


what, *args = sys.argv[1:]
if what == 'dataset':
    result = {name: config(args[0], name) for name in args[1:]}
elif what == 'rows':
    rows = load_dataset(*args, split='train', cache_dir=tempfile.mkdtemp()).cast_column('audio', Audio(decode=False))
    result = [told(row) for row in rows]
elif what == 'yaml':
    result = [lost(*pair) for pair in json.load(open(args[0]))]
elif what == 'decode':
    result = decoded(*args)
else:
    result = [card(base64.b64decode(text).decode()) for text in json.load(open(args[0]))]
print()
print(json.dumps(result))
