"""What Python finds in pickles of ours: plain_read.py OURS.jsonl VERDICT.json"""

import json
import pickle
import sys

from plain_data import describe


def main(ours, out):
    wrong = []
    compared = 0
    for line in open(ours):
        case = json.loads(line)
        found = describe(pickle.loads(bytes.fromhex(case['pickle'])))
        compared += 1
        if found != case['value']:
            wrong.append(f'seed {case["seed"]}: {str(found)[:300]}, expected {str(case["value"])[:300]}')
    with open(out, 'w') as verdict:
        json.dump({'compared': compared, 'wrong': wrong}, verdict)


if __name__ == '__main__':
    main(*sys.argv[1:])
