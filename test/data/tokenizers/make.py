"""Makes small tokenizers and what `transformers` makes of texts with them. Nothing here is ours but the sentences (CC0).

    pip install transformers==5.24.0 tokenizers==0.23.3 numpy==2.4.6
    python make.py
    npx biome check --write .
"""

import json
from pathlib import Path

import tokenizers
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, WhisperTokenizer
from transformers.models.whisper.tokenization_whisper import LANGUAGES

here = Path(__file__).parent

corpus = [
    "The magpie lark calls at dawn, and the whistling kite answers from the river.",
    "She said it's 07:30 and they'll walk 12 kilometres to the water hole.",
    "Wind in the grass; rain on the roof: the recorder hears everything!",
    "Der Fluss führt im Frühling viel Wasser, die Vögel singen früh am Morgen.",
    "L'oiseau chante près de l'eau où les arbres sont très hauts.",
    "Птицы поют на рассвете у реки.",
    "鳥は夜明けに川のそばで鳴く。",
    "the the the bird bird birds singing songs recorded recordings",
]

texts = [
    "The magpie calls at dawn.",
    "",
    " ",
    "  Two  blanks, a\ttab\nand a line ",
    "She'll say it's 12:30, isn't it?",
    "FRÜHLING am Fluß — naïve café",
    "Птицы поют 鳥は鳴く 🐦🐦",
    "the recorder hears the bird " * 12,
    "e\u0301 and \u00e9 are two ways",
    "nothing<|endoftext|>hidden [SEP] <pad>",
    "\ufeffa mark\u00a0and\u2003blanks\x1f",
]


def whisper():
    """Byte-level BPE with the special tokens of Whisper, in Whisper's order."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trained.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=420, initial_alphabet=sorted(alphabet)))
    model = json.loads(trained.to_str())["model"]
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in model["merges"]]
    special = ["<|startoftranscript|>", *[f"<|{code}|>" for code in LANGUAGES], "<|translate|>", "<|transcribe|>"]
    special += ["<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    tokenizer = WhisperTokenizer(
        vocab={**model["vocab"], "<|endoftext|>": len(model["vocab"])},
        merges=merges,
        pad_token="<|endoftext|>",
        extra_special_tokens=special,
    )
    tokenizer.set_prefix_tokens()
    return tokenizer


def bert():
    """WordPiece, lower case, [CLS] and [SEP] around."""
    raw = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    raw.normalizer = normalizers.BertNormalizer(lowercase=True)
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    raw.train_from_iterator(corpus, trainers.WordPieceTrainer(vocab_size=300, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"]))
    around = [("[CLS]", raw.token_to_id("[CLS]")), ("[SEP]", raw.token_to_id("[SEP]"))]
    raw.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=around)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )


def unigram():
    """Unigram over words marked by U+2581, nothing around; pads and cuts on the left."""
    raw = Tokenizer(models.Unigram())
    raw.normalizer = normalizers.NFKC()
    raw.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<pad>", "<unk>"]
    raw.train_from_iterator(corpus, trainers.UnigramTrainer(vocab_size=180, special_tokens=special, unk_token="<unk>"))
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", unk_token="<unk>", padding_side="left", truncation_side="left"
    )


settings = [
    {"padding": "max_length", "truncation": True, "maxLength": 32},
    {"padding": False, "truncation": True, "maxLength": 12},
    {"padding": "max_length", "truncation": False, "maxLength": 128},
]


def tokens(tokenizer, text, padding, truncation, maxLength):
    made = tokenizer(text, padding=padding, truncation=truncation, max_length=maxLength)
    return {"input_ids": made["input_ids"], "attention_mask": made["attention_mask"]}


def main():
    cases = []
    for name, make in [("whisper", whisper), ("bert", bert), ("unigram", unigram)]:
        tokenizer = make()
        folder = here / name
        tokenizer.save_pretrained(folder)
        for extra in folder.iterdir():
            if extra.name not in ("tokenizer.json", "tokenizer_config.json"):
                extra.unlink()
        kinds = [{}]
        if name == "whisper":
            kinds += [{"language": "de"}, {"language": "en", "task": "translate"}]
        for kind in kinds:
            if kind:
                tokenizer.set_prefix_tokens(**kind)
            for setting in settings:
                rows = [{**tokens(tokenizer, text, **setting), "num_tokens": len(tokenizer(text)["input_ids"])} for text in texts]
                cases.append({"tokenizer": name, "kind": kind, "options": setting, "rows": rows})
    lengths = [len(text.lower().strip()) for text in texts]
    lowered = [text.lower().strip() for text in texts]
    by = f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}"
    result = {"by": by, "texts": texts, "lowered": lowered, "lengths": lengths, "cases": cases}
    (here / "goldens.json").write_text(json.dumps(result))


main()
