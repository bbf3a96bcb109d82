"""The official client of the Hub, with xet off: uploads a folder to the Hub of the tests, or downloads a repository."""

import json
import os
import sys

os.environ["HF_HUB_DISABLE_XET"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, snapshot_download  # noqa: E402
from huggingface_hub import __version__  # noqa: E402


def upload(repo, folder):
    api = HfApi()
    api.create_repo(repo, repo_type="dataset", private=True, exist_ok=True)
    api.create_repo(repo, repo_type="dataset", private=True, exist_ok=True)
    info = api.upload_folder(repo_id=repo, repo_type="dataset", folder_path=folder, commit_message="by Python")
    return {"oid": info.oid, "version": __version__}


def change(repo, add, remove):
    api = HfApi()
    operations = [CommitOperationAdd(path_in_repo="added.txt", path_or_fileobj=add), CommitOperationDelete(path_in_repo=remove)]
    parent = api.dataset_info(repo).sha
    info = api.create_commit(repo, operations, repo_type="dataset", commit_message="change", parent_commit=parent)
    try:
        api.create_commit(repo, operations[:1], repo_type="dataset", commit_message="late", parent_commit=parent)
    except Exception as error:
        return {"oid": info.oid, "refused": type(error).__name__}
    return {"oid": info.oid, "refused": None}


def download(repo, folder):
    path = snapshot_download(repo, repo_type="dataset", local_dir=folder)
    api = HfApi()
    tree = api.list_repo_tree(repo, repo_type="dataset", recursive=True)
    sizes = {entry.path: entry.size for entry in tree if hasattr(entry, "size")}
    return {"path": path, "files": sorted(api.list_repo_files(repo, repo_type="dataset")), "sizes": sizes}


print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
