/* test-piece-resume.c: downloads that stop, crash or are meddled with, and go on
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "download-rig.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  char *folder, *state;
  Rig  *rig;
} Fixture;

static const char *program;

static void
add_files (Rig *rig)
{
  rig_add_file (rig, "share/large", 12 * 1024 * 1024 + 77);
  rig_add_file (rig, "share/middle", 900 * 1024);
  rig_add_file (rig, "share/small", 5000);
  rig_add_file (rig, "share/empty", 0);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = rig_make_folder ();
  fixture->state = rig_make_folder ();
  fixture->rig = rig_new (fixture->folder, fixture->state);
  add_files (fixture->rig);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  rig_free (fixture->rig);
  rig_delete_folder (fixture->folder);
  rig_delete_folder (fixture->state);
  g_free (fixture->folder);
  g_free (fixture->state);
}

static void
wait_for_check (Rig *rig)
{
  uint64_t kept, refetched;

  if (shoal_piece_store_get_resumed (rig->store, &kept, &refetched))
    rig_wait (rig, &rig->was_checked);
}

static void
finish (Rig *rig)
{
  rig->stop_after = G_MAXUINT64;
  rig_feed (rig);
  g_assert_no_error (rig->end_error);
  rig_assert_right (rig);
  rig_close (rig, FALSE, TRUE);
}

/* The part of share/@name. */
static char *
find_part (Fixture *fixture, const char *name)
{
  g_autofree char *share = g_build_filename (fixture->folder, "share", NULL);
  GDir *dir = g_dir_open (share, 0, NULL);
  const char *entry;
  char *found = NULL;

  while (dir != NULL && found == NULL && (entry = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (entry, name) && g_str_has_suffix (entry, ".part"))
      found = g_build_filename (share, entry, NULL);
  g_clear_pointer (&dir, g_dir_close);
  g_assert_nonnull (found);
  return found;
}

/* --- Stopping ------------------------------------------------------------- */

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  uint64_t verified, kept, refetched;

  rig->stop_after = 300;
  g_assert_true (rig_open (rig));
  rig_feed (rig);
  while (rig->n_out > 0)
    g_main_context_iteration (NULL, TRUE);
  verified = shoal_piece_store_get_verified_bytes (rig->store);
  rig_close (rig, FALSE, TRUE);

  g_assert_true (rig_open (rig));
  wait_for_check (rig);
  g_assert_true (shoal_piece_store_get_resumed (rig->store, &kept, &refetched));
  g_assert_cmpuint (kept, ==, verified);
  g_assert_cmpuint (refetched, ==, 0);
  g_assert_cmpuint (shoal_piece_store_get_verified_bytes (rig->store), ==, verified);
  finish (rig);
}

static void
test_crash (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  const char *how = data;
  uint64_t verified, kept, refetched;

  rig->is_draft = strchr (how, 'd') != NULL;
  rig->small_files = strchr (how, 's') != NULL;
  rig->stop_after = 300;
  g_assert_true (rig_open (rig));
  rig_feed (rig);
  rig_crash (rig);
  /* The same again: what was only checked is no worse than what was written. */
  g_assert_true (rig_open (rig));
  wait_for_check (rig);
  verified = shoal_piece_store_get_verified_bytes (rig->store);
  g_assert_cmpuint (verified, >=, 300 * 16384 - 16384);
  rig_crash (rig);

  g_assert_true (rig_open (rig));
  wait_for_check (rig);
  g_assert_true (shoal_piece_store_get_resumed (rig->store, &kept, &refetched));
  g_assert_cmpuint (kept, >=, verified);
  g_assert_cmpuint (refetched, ==, 0);
  finish (rig);
}

/* --- kill -9 --------------------------------------------------------------- */

/* Downloads, telling its verified bytes, until it is done or killed. */
static int
run_child (const char *folder, const char *state)
{
  Rig *rig = rig_new (folder, state);

  add_files (rig);
  rig->window = 4;
  g_assert_true (rig_open (rig));
  wait_for_check (rig);
  while (shoal_piece_store_get_state (rig->store) == SHOAL_PIECE_STORE_STATE_RUNNING)
    {
      uint64_t verified = shoal_piece_store_get_verified_bytes (rig->store);

      g_assert_cmpint (write (1, &verified, sizeof verified), ==, sizeof verified);
      rig->stop_after = rig->n_taken + 10;
      rig_feed (rig);
      g_usleep (1500);
    }
  rig_close (rig, FALSE, TRUE);
  rig_free (rig);
  return 0;
}

static void
test_kill (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (42);
  uint64_t verified = 0, kept, refetched;
  gboolean done = FALSE;

  for (int i = 0; i < 12 && !done; i++)
    {
      const char *argv[] = { program, "--child", fixture->folder, fixture->state, NULL };
      g_autoptr (GError) error = NULL;
      uint64_t said;
      int out, status;
      GPid pid;

      g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                &pid, NULL, &out, NULL, &error);
      g_assert_no_error (error);
      /* The first word is what an earlier life had verified: not less than it said. */
      if (read (out, &said, sizeof said) == sizeof said)
        g_assert_cmpuint (said, >=, verified);
      g_usleep ((gulong) g_rand_int_range (rand, 1000, 60000));
      kill (pid, SIGKILL);
      while (read (out, &said, sizeof said) == sizeof said)
        verified = said;
      close (out);
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
      done = WIFEXITED (status);
    }

  g_assert_true (rig_open (fixture->rig));
  wait_for_check (fixture->rig);
  shoal_piece_store_get_resumed (fixture->rig->store, &kept, &refetched);
  g_assert_cmpuint (kept, >=, verified);
  g_test_message ("kept %" G_GUINT64_FORMAT " KiB over kills", kept / 1024);
  finish (fixture->rig);
}

/* --- Meddling between two runs -------------------------------------------- */

static void
run_half (Rig *rig)
{
  rig->stop_after = 400;
  g_assert_true (rig_open (rig));
  rig_feed (rig);
  rig_close (rig, FALSE, TRUE);
}

static void
test_part_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *part = NULL;
  uint64_t kept, refetched;
  int fd;

  run_half (fixture->rig);
  part = find_part (fixture, "large");
  fd = open (part, O_WRONLY);
  g_assert_cmpint (fd, >=, 0);
  for (off_t at = 0; at < 12 * 1024 * 1024; at += 32 * 16384)
    g_assert_cmpint (pwrite (fd, "damaged", 7, at), ==, 7);
  close (fd);

  g_assert_true (rig_open (fixture->rig));
  wait_for_check (fixture->rig);
  shoal_piece_store_get_resumed (fixture->rig->store, &kept, &refetched);
  g_assert_cmpuint (kept, >, 0);
  g_assert_cmpuint (refetched, >, 0);
  finish (fixture->rig);
}

static void
test_part_gone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *part = NULL;

  run_half (fixture->rig);
  part = find_part (fixture, "large");
  g_assert_cmpint (g_unlink (part), ==, 0);
  g_assert_true (rig_open (fixture->rig));
  finish (fixture->rig);
}

static void
test_part_is_link (Fixture *fixture, gconstpointer data)
{
  g_autofree char *victim = g_build_filename (fixture->state, "victim", NULL);
  g_autofree char *part = NULL, *contents = NULL;
  gboolean hard = strcmp (data, "hard") == 0;

  run_half (fixture->rig);
  part = find_part (fixture, "large");
  g_assert_cmpint (g_unlink (part), ==, 0);
  g_assert_true (g_file_set_contents (victim, "precious", -1, NULL));
  g_assert_cmpint (hard ? link (victim, part) : symlink (victim, part), ==, 0);

  g_assert_true (rig_open (fixture->rig));
  finish (fixture->rig);
  g_assert_true (g_file_get_contents (victim, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, "precious");
}

/* A final file that somebody edits or takes away is fetched anew; the edit stays. */
static void
test_final_changed (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  g_autofree char *path = g_build_filename (fixture->folder, "share", "small", NULL);
  g_autofree char *middle = g_build_filename (fixture->folder, "share", "middle", NULL);
  g_autofree char *contents = NULL;

  g_assert_true (rig_open (rig));
  finish (rig);
  g_assert_true (g_file_set_contents (path, "edited", -1, NULL));
  g_assert_cmpint (g_unlink (middle), ==, 0);

  g_assert_true (rig_open (rig));
  g_assert_cmpint (shoal_piece_store_get_file_state (rig->store, 0), ==, SHOAL_FILE_STATE_FINAL);
  g_assert_cmpint (shoal_piece_store_get_file_state (rig->store, 1), ==,
                   SHOAL_FILE_STATE_PARTIAL);
  rig_feed (rig);
  rig_assert_right (rig);
  g_assert_cmpstr (shoal_piece_store_get_path (rig->store, 1), ==, "share/middle");
  g_assert_cmpstr (shoal_piece_store_get_path (rig->store, 2), ==, "share/small (1)");
  rig_close (rig, FALSE, TRUE);
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, "edited");
}

static void
run_sql (Fixture *fixture, const char *sql)
{
  g_autofree char *path = g_build_filename (fixture->state, "shoal.db", NULL);
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

static void
tell_roots (Rig *rig)
{
  rig_confirm (rig);
  /* That of the one leaf of share/small is its hash. */
  while (!shoal_piece_store_knows_group (rig->store, 2, 0))
    g_main_context_iteration (NULL, TRUE);
}

/* Killed between making the part and giving it its length: zeroes at the end of
 * the file are no hole, but not there. */
static void
test_part_cut_short (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  RigFile *file = g_ptr_array_index (rig->files, 0);
  uint64_t from = 9 * 1024 * 1024;
  g_autofree char *part = NULL;

  rig_zero (file, from, file->length - from);
  run_half (rig);
  part = find_part (fixture, "large");
  g_assert_cmpint (truncate (part, 16384), ==, 0);
  g_assert_true (rig_open (rig));
  wait_for_check (rig);
  finish (rig);
}

/* A leaf of the second file is written, then all of the first. */
static void
feed_in_turn (Rig *rig)
{
  RigFile *second = g_ptr_array_index (rig->files, 1);
  g_autoptr (GBytes) leaf = g_bytes_new (second->bytes, SHOAL_LEAF_SIZE);

  shoal_piece_store_add_hashes_async (rig->store, 1, 0, second->hashes, (guint) second->n_leaves,
                                      NULL, NULL);
  shoal_piece_store_write_async (rig->store, 1, 0, leaf, NULL, NULL);
  while (shoal_piece_store_get_leaf (rig->store, 1, 0) != SHOAL_LEAF_HAVE)
    g_main_context_iteration (NULL, TRUE);
  while (shoal_piece_store_get_file_state (rig->store, 0) != SHOAL_FILE_STATE_FINAL)
    {
      rig->stop_after = rig->n_taken + 1;
      if (shoal_piece_store_get_n_missing (rig->store, 0) > 0)
        rig_feed (rig);
      else
        g_main_context_iteration (NULL, TRUE);
    }
}

/* Names so long that those of the parts are cut, and alike: neither file takes the
 * other's part for its own, and writes to it when it bears its final name. */
static void
test_long_names (Fixture *fixture, gconstpointer data)
{
  Rig *rig = rig_new (fixture->folder, fixture->state);
  g_autofree char *start = g_strnfill (237, 'x');

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *path = g_strdup_printf ("long/%s-%u", start, i);

      rig_add_file (rig, path, 2 * 1024 * 1024);
    }
  rig->forward = TRUE;
  rig->window = rig->extent = 1;
  rig->stop_after = 10;
  g_assert_true (rig_open (rig));
  rig_feed (rig);
  rig_crash (rig);

  g_assert_true (rig_open (rig));
  wait_for_check (rig);
  feed_in_turn (rig);
  finish (rig);
  rig_free (rig);
}

/* Renamed, and killed before it was noted: known by its content, not fetched
 * again, and no second copy. d: a draft; r: its roots are told before any hash;
 * s: small files come whole; h: a power cut took the stored hashes too. */
static void
test_renamed_unnoted (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  const char *how = data;
  gboolean roots_first = strchr (how, 'r') != NULL;

  rig->is_draft = strchr (how, 'd') != NULL;
  rig->small_files = strchr (how, 's') != NULL;
  rig->no_confirm = roots_first;
  g_assert_true (rig_open (rig));
  if (roots_first)
    tell_roots (rig);
  rig_feed (rig);
  rig_assert_right (rig);
  rig_crash (rig);
  run_sql (fixture, "DELETE FROM piece_files");
  if (strchr (how, 'h') != NULL)
    run_sql (fixture, "DELETE FROM piece_hashes");

  g_assert_true (rig_open (rig));
  wait_for_check (rig);
  if (roots_first)
    tell_roots (rig);
  rig_feed (rig);
  g_assert_cmpuint (rig->n_taken, ==, 0);
  rig_assert_right (rig);
  for (guint i = 0; i < rig->files->len; i++)
    g_assert_null (strstr (shoal_piece_store_get_path (rig->store, i), "(1)"));
  rig_close (rig, FALSE, TRUE);
}

/* Between two runs somebody puts a file of the same length where one of ours is
 * to go. It is never written to, dated or removed, whatever is in it. */
static void
test_final_name_taken (Fixture *fixture, gconstpointer data)
{
  Rig *rig = fixture->rig;
  gboolean same = g_str_has_prefix (data, "same");
  RigFile *file = g_ptr_array_index (rig->files, 0);
  g_autofree char *path = g_build_filename (fixture->folder, "share", "large", NULL);
  g_autofree char *contents = g_memdup2 (file->bytes, file->length);
  g_autofree char *part = NULL, *found = NULL;
  struct stat before, after;
  gsize size;

  run_half (rig);
  part = find_part (fixture, "large");
  g_assert_cmpint (g_unlink (part), ==, 0);
  if (g_str_has_suffix (data, "unhashed"))
    run_sql (fixture, "DELETE FROM piece_hashes");
  if (!same)
    contents[file->length / 2] ^= 1;
  g_assert_true (g_file_set_contents (path, contents, (gssize) file->length, NULL));
  g_assert_cmpint (g_chmod (path, 0604), ==, 0);
  g_assert_cmpint (lstat (path, &before), ==, 0);

  g_assert_true (rig_open (rig));
  wait_for_check (rig);
  rig->stop_after = G_MAXUINT64;
  rig_feed (rig);
  rig_assert_right (rig);
  if (!same)
    g_assert_cmpstr (shoal_piece_store_get_path (rig->store, 0), ==, "share/large (1)");
  rig_close (rig, TRUE, TRUE);
  g_assert_cmpint (lstat (path, &after), ==, 0);
  g_assert_cmpuint (after.st_ino, ==, before.st_ino);
  g_assert_cmpuint (after.st_mode, ==, before.st_mode);
  g_assert_cmpint (after.st_mtim.tv_nsec, ==, before.st_mtim.tv_nsec);
  g_assert_true (g_file_get_contents (path, &found, &size, NULL));
  g_assert_cmpmem (found, size, contents, file->length);
}

int
main (int argc, char *argv[])
{
  program = argv[0];
  if (argc == 4 && strcmp (argv[1], "--child") == 0)
    return run_child (argv[2], argv[3]);

  g_test_init (&argc, &argv, NULL);

#define ADD(path, data, func) \
  g_test_add ("/store/piece-resume/" path, Fixture, data, set_up, func, tear_down)

  ADD ("stop", NULL, test_stop);
  ADD ("crash", "", test_crash);
  ADD ("crash-small", "s", test_crash);
  ADD ("crash-draft", "d", test_crash);
  ADD ("crash-draft-small", "ds", test_crash);
  ADD ("kill", NULL, test_kill);
  ADD ("part-damaged", NULL, test_part_damaged);
  ADD ("part-gone", NULL, test_part_gone);
  ADD ("long-names", NULL, test_long_names);
  ADD ("part-cut-short", NULL, test_part_cut_short);
  ADD ("part-is-symlink", "symbolic", test_part_is_link);
  ADD ("part-is-hard-link", "hard", test_part_is_link);
  ADD ("final-changed", NULL, test_final_changed);
  ADD ("renamed-unnoted", "", test_renamed_unnoted);
  ADD ("renamed-unnoted-draft", "d", test_renamed_unnoted);
  ADD ("renamed-unnoted-draft-small", "ds", test_renamed_unnoted);
  ADD ("renamed-unnoted-roots-first", "dr", test_renamed_unnoted);
  ADD ("renamed-unnoted-roots-first-small", "drs", test_renamed_unnoted);
  ADD ("renamed-unnoted-power-cut", "h", test_renamed_unnoted);
  ADD ("renamed-unnoted-power-cut-small", "hs", test_renamed_unnoted);
  ADD ("renamed-unnoted-power-cut-draft", "dh", test_renamed_unnoted);
  ADD ("renamed-unnoted-power-cut-draft-small", "dhs", test_renamed_unnoted);
  ADD ("renamed-unnoted-power-cut-roots-first", "drh", test_renamed_unnoted);
  ADD ("final-name-taken", "other", test_final_name_taken);
  ADD ("final-name-taken-same", "same", test_final_name_taken);
  ADD ("final-name-taken-unhashed", "other unhashed", test_final_name_taken);
  ADD ("final-name-taken-same-unhashed", "same unhashed", test_final_name_taken);

  return g_test_run ();
}
