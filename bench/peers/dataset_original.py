"""The dataset builder that `bowerbird dataset` replaces, after its document (build_dataset.py): a scan of a bucket into a work plan, chunks of episodes
that are fetched by threads, Parquet files by `datasets` and pyarrow. In the place of the upload its files stay in OUT; all else is as told there, what
is wrong with it too: a chunk's audio is held in memory, one missing object drops its episode, rows come in the order in which episodes are complete.

    dataset_original.py OUT [--scan] [--language xx ...] [--chunk-mod M --chunk-rem R]

Environment: R2_ENDPOINT_URL, R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY, R2_BUCKET, EPISODES_PER_CHUNK, DOWNLOAD_WORKERS, PARQUET_MAX_BYTES,
PARQUET_ROWGROUP_BYTES; R2_REGION for servers that know no region "auto". work_plan.json and progress.log lie in the working directory. Without --scan
the last line is JSON: seconds and CPU of the building, libraries loaded.
"""

import argparse
import json
import os
import resource
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from botocore.config import Config
from botocore.exceptions import ClientError
from datasets import Audio, Features, Value

EPISODES_PER_CHUNK = int(os.environ.get('EPISODES_PER_CHUNK', '1000'))
DOWNLOAD_WORKERS = int(os.environ.get('DOWNLOAD_WORKERS', '128'))
PARQUET_MAX_BYTES = int(os.environ.get('PARQUET_MAX_BYTES', str(2 * 1024**3)))
PARQUET_ROWGROUP_BYTES = int(os.environ.get('PARQUET_ROWGROUP_BYTES', str(128 * 1024**2)))
PLAN, PROGRESS = 'work_plan.json', 'progress.log'

features = Features({
    'audio': Audio(sampling_rate=16000),
    'text': Value('string'),
    'speaker_id': Value('string'),
    'duration_seconds': Value('float32'),
    'dnsmos': Value('float32'),
    'language': Value('string'),
})


def normalize_language(language):
    language = (language or '').strip().lower()
    known = {'deu': 'de', 'eng': 'en', 'srp': 'sr', 'in': 'id', 'unite': 'unknown', 'un': 'unknown', 'unknown': 'unknown', '': 'unknown'}
    if language in known:
        return known[language]
    return language.replace('_', '-').split('-')[0]


def client():
    config = Config(max_pool_connections=DOWNLOAD_WORKERS, s3={'addressing_style': 'path'}, retries={'max_attempts': 5})
    return boto3.client(
        's3',
        endpoint_url=os.environ['R2_ENDPOINT_URL'],
        aws_access_key_id=os.environ['R2_ACCESS_KEY_ID'],
        aws_secret_access_key=os.environ['R2_SECRET_ACCESS_KEY'],
        region_name=os.environ.get('R2_REGION', 'auto'),
        config=config,
    )


def prefixes(s3, prefix):
    pages = s3.get_paginator('list_objects_v2').paginate(Bucket=os.environ['R2_BUCKET'], Prefix=prefix, Delimiter='/')
    return [found['Prefix'] for page in pages for found in page.get('CommonPrefixes', [])]


def scan(s3, languages):
    plan = json.load(open(PLAN)) if os.path.exists(PLAN) else {}
    found = prefixes(s3, 'processed/')
    wanted = [folder for folder in found if not languages or normalize_language(folder.split('/')[1]) in languages]
    with ThreadPoolExecutor(max_workers=DOWNLOAD_WORKERS) as pool:
        for folder, episodes in zip(wanted, pool.map(lambda each: prefixes(s3, each), wanted)):
            known = plan.setdefault(normalize_language(folder.split('/')[1]), [])
            there = set(known)
            known.extend(episode for episode in episodes if episode not in there)
    with open(PLAN, 'w') as out:
        json.dump(plan, out, indent=2)
    return plan


def read(s3, key):
    return s3.get_object(Bucket=os.environ['R2_BUCKET'], Key=key)['Body'].read()


def fetch_episode(s3, prefix):
    episode = prefix.rstrip('/').split('/')[-1]
    try:
        segments = json.loads(read(s3, f'{prefix}all_segments.json'))
        rows = []
        for i, segment in enumerate(segments):
            key = f'{prefix}{episode}_{i:06d}.mp3'
            rows.append({
                'audio': {'path': key, 'bytes': read(s3, key)},
                'text': segment.get('text') or '',
                'speaker_id': segment.get('speaker') or 'UNKNOWN',
                'duration_seconds': float(segment['end']) - float(segment['start']),
                'dnsmos': segment.get('dnsmos'),
                'language': segment.get('language') or 'UNKNOWN',
            })
        return rows
    except (ClientError, KeyError, ValueError) as error:
        print(f'warning: {prefix}: {error}')
        return []


def write_parts(rows, out, language, number):
    parts, part, size = [], [], 0
    for row in rows:
        length = len(row['audio']['bytes'])
        if part and size + length > PARQUET_MAX_BYTES:
            parts.append(part)
            part, size = [], 0
        part.append(row)
        size += length
    if part:
        parts.append(part)
    folder = os.path.join(out, 'data', language)
    os.makedirs(folder, exist_ok=True)
    for i, part in enumerate(parts):
        name = f'chunk-{number:05d}.parquet' if len(parts) == 1 else f'chunk-{number:05d}-part-{i:02d}.parquet'
        table = pa.Table.from_pylist(part, schema=features.arrow_schema)
        mean = max(1, sum(len(row['audio']['bytes']) for row in part) // len(part))
        pq.write_table(table, os.path.join(folder, name), row_group_size=max(1, PARQUET_ROWGROUP_BYTES // mean))


def process(s3, plan, out, mod, rem):
    done = set(open(PROGRESS).read().split()) if os.path.exists(PROGRESS) else set()
    running = 0
    for language, episodes in plan.items():
        for number, at in enumerate(range(0, len(episodes), EPISODES_PER_CHUNK)):
            running += 1
            chunk = f'{language}-{number}'
            if (running - 1) % mod != rem or chunk in done:
                continue
            rows = []
            with ThreadPoolExecutor(max_workers=DOWNLOAD_WORKERS) as pool:
                futures = [pool.submit(fetch_episode, s3, prefix) for prefix in episodes[at : at + EPISODES_PER_CHUNK]]
                for future in as_completed(futures):
                    rows.extend(future.result())
            if rows:
                write_parts(rows, out, language, number)
            with open(PROGRESS, 'a') as log:
                log.write(chunk + '\n')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('out')
    parser.add_argument('--scan', action='store_true')
    parser.add_argument('--language', action='append', default=[])
    parser.add_argument('--chunk-mod', type=int, default=1)
    parser.add_argument('--chunk-rem', type=int, default=0)
    args = parser.parse_args()
    s3 = client()
    languages = {normalize_language(each) for given in args.language for each in given.split(',')}
    if args.scan:
        scan(s3, languages)
        return
    started, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    plan = json.load(open(PLAN)) if os.path.exists(PLAN) else scan(s3, languages)
    chosen = {language: episodes for language, episodes in plan.items() if not languages or language in languages}
    process(s3, chosen, args.out, args.chunk_mod, args.chunk_rem)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    print(json.dumps({'seconds': time.perf_counter() - started, 'cpu': cpu}))


main()
