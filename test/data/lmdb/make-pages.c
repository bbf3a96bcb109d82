/* Makes LMDB files of any page size, and with flags on the main database, neither of which py-lmdb can: LMDB itself, told that the system's
 * pages are as large as asked. Sources: dependencies/lmdb-data-v1/libraries/liblmdb of the npm package lmdb 3.5.6 (LMDB 0.9.29).
 *
 *   cc -O1 -I LIBLMDB make-pages.c LIBLMDB/midl.c -pthread -o make-pages && ./make-pages FOLDER
 */
#include <unistd.h>
static long asked = 4096;
static long page_size(int name) { return name == _SC_PAGE_SIZE ? asked : sysconf(name); }
#define sysconf page_size
#include "mdb.c"
#undef sysconf

static const char *folder;
static MDB_env *env;
static MDB_txn *txn;
static MDB_dbi dbi;
static char path[4096];

static void check(int rc) {
  if (rc) {
    fprintf(stderr, "%s: %s\n", path, mdb_strerror(rc));
    exit(1);
  }
}

static void begin(const char *name, long size, unsigned flags) {
  asked = size;
  snprintf(path, sizeof path, "%s/%s.mdb", folder, name);
  unlink(path);
  check(mdb_env_create(&env));
  check(mdb_env_set_mapsize(env, 1 << 22));
  check(mdb_env_set_maxdbs(env, 8));
  check(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0644));
  check(mdb_txn_begin(env, NULL, 0, &txn));
  check(mdb_dbi_open(txn, NULL, flags, &dbi));
}

static void commit(void) { check(mdb_txn_commit(txn)); }
static void again(void) { check(mdb_txn_begin(env, NULL, 0, &txn)); }
static void end(void) {
  commit();
  mdb_env_close(env);
}

static void put(const void *key, size_t key_size, int i, size_t size) {
  static char bytes[1 << 17];
  MDB_val k = {key_size, (void *)key}, v = {size, bytes};
  for (size_t at = 0; at < size; at++) bytes[at] = (char)(i * 31 + at * 7);
  check(mdb_put(txn, dbi, &k, &v, 0));
}

static void put_text(int i, size_t size) {
  char key[32];
  put(key, (size_t)sprintf(key, "key%04d", i), i, size);
}

static void drop(int i) {
  char key[32];
  MDB_val k = {0, key};
  k.mv_size = (size_t)sprintf(key, "key%04d", i);
  check(mdb_del(txn, dbi, &k, NULL));
}

int main(int argc, char **argv) {
  folder = argc > 1 ? argv[1] : ".";

  begin("pages-256-deep", 256, 0); /* many levels in few bytes */
  for (int i = 0; i < 20; i++) {
    char key[64];
    put(key, (size_t)sprintf(key, "%055d", i * 7 % 20), i, 4);
  }
  end();

  begin("pages-256-extents", 256, 0);
  for (int i = 0; i < 6; i++) put_text(i, (size_t)i * 200);
  end();

  begin("pages-256-freed", 256, 0); /* a list of free pages that takes pages of its own */
  for (int i = 0; i < 18; i++) put_text(i, 180);
  commit(), again();
  for (int i = 0; i < 16; i++) drop(i);
  commit(), again();
  put_text(50, 20);
  end();

  begin("pages-512-duplicates", 512, MDB_DUPSORT);
  for (int i = 0; i < 60; i++) put("many", 4, i, 12);
  for (int i = 0; i < 3; i++) put("few", 3, i, 5 + (size_t)i);
  put("one", 3, 1, 6);
  end();

  begin("pages-512-fixed", 512, MDB_DUPSORT | MDB_DUPFIXED | MDB_INTEGERDUP);
  for (int i = 0; i < 200; i++) put("many", 4, i, 8);
  for (int i = 0; i < 3; i++) put("few", 3, i, 8);
  end();

  begin("pages-512-reversed", 512, MDB_REVERSEKEY);
  for (int i = 0; i < 40; i++) put_text(i, 20);
  end();

  begin("pages-512-integers", 512, MDB_INTEGERKEY);
  for (unsigned i = 0; i < 40; i++) {
    unsigned key = i * 1000003u;
    put(&key, sizeof key, (int)i, 20);
  }
  end();

  begin("pages-512-named", 512, 0);
  const char *names[] = {"first", "second", "sorted"};
  for (int n = 0; n < 3; n++) {
    check(mdb_dbi_open(txn, names[n], MDB_CREATE | (n == 2 ? MDB_DUPSORT : 0), &dbi));
    for (int i = 0; i < 12; i++) put_text(n == 2 ? i % 3 : i, 10 + (size_t)i);
  }
  end();

  begin("pages-16384", 16384, 0);
  for (int i = 0; i < 3; i++) put_text(i, (size_t)i * 9000);
  end();

  begin("pages-32768", 32768, 0);
  for (int i = 0; i < 2; i++) put_text(i, (size_t)i * 20000);
  end();
  return 0;
}
