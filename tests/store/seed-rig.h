/* seed-rig.h: asking a seed and checking what it says.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store-fixture.h"

#include "shoal-seed.h"
#include "shoal-sha256.h"

#define BIG_SIZE (3 * GROUP_BYTES + 5 * SHOAL_LEAF_SIZE + 7)
#define MIB (1024u * 1024)
#define GROUP_BYTES (SHOAL_LEAVES_PER_GROUP * SHOAL_LEAF_SIZE)

/* --- Helpers ------------------------------------------------------------- */

typedef struct
{
  GString  *log;
  guint     n_told;
  guint     n_failed;
  gboolean  is_end;
} Told;

static inline void
on_file (ShoalSeed *seed, uint32_t file, const ShoalHash *root, const GError *error,
         gpointer user_data)
{
  Told *told = user_data;

  g_assert_false (told->is_end);
  if (file == G_MAXUINT32)
    {
      told->is_end = TRUE;
      g_assert_true (shoal_seed_is_hashed (seed));
      return;
    }
  g_assert_true ((root == NULL) == (error != NULL));
  told->n_told++;
  told->n_failed += error != NULL;
}

static inline void
settle (StoreFixture *f)
{
  /* Turns are timers, which drain() does not wait for. */
  for (int i = 0; i < 3; i++)
    {
      gint64 end = g_get_monotonic_time () + 2000;

      while (g_get_monotonic_time () < end)
        if (!g_main_context_iteration (NULL, FALSE))
          g_usleep (100);
      shoal_main_runtime_drain (f->runtime);
    }
}

static inline ShoalSeed *
new_seed (StoreFixture *f, ShoalScan *scan, ShoalDatabase *db, Told *told)
{
  return shoal_seed_new (SHOAL_RUNTIME (f->runtime), db, scan, on_file, told);
}

static inline void
end_seed (StoreFixture *f, ShoalSeed *seed)
{
  shoal_seed_close (seed);
  settle (f);
  shoal_content_source_unref (shoal_seed_as_source (seed));
}

/* The leaves of a file that store_fixture_write() wrote. */
static inline ShoalHash *
leaves_of (size_t size, guint32 number)
{
  g_autofree uint8_t *data = g_malloc (size + 1);
  ShoalHash *leaves = g_new (ShoalHash, shoal_merkle_n_leaves (size) + 1);

  store_fixture_fill (data, size, number);
  shoal_sha256_leaves (data, size, leaves);
  return leaves;
}

static inline ShoalHash
root_of (size_t size, guint32 number)
{
  g_autofree ShoalHash *leaves = leaves_of (size, number);
  ShoalHash root;

  shoal_merkle_root (size, 0, leaves, &root);
  return root;
}

/* What came back from one call. */
typedef struct
{
  gboolean   is_answered;
  GBytes    *bytes;
  ShoalHash *hashes;
  guint      n_hashes;
  GError    *error;
} Answer;

static inline void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->bytes, g_bytes_unref);
  g_clear_pointer (&answer->hashes, g_free);
  g_clear_error (&answer->error);
  answer->is_answered = FALSE;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static inline void
on_read (GBytes *bytes, const GError *error, gpointer user_data)
{
  Answer *answer = user_data;

  g_assert_false (answer->is_answered);
  answer->is_answered = TRUE;
  answer->bytes = bytes != NULL ? g_bytes_ref (bytes) : NULL;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
}

static inline void
on_hashes (const ShoalHash *hashes, uint32_t n_hashes, const GError *error, gpointer user_data)
{
  Answer *answer = user_data;

  g_assert_false (answer->is_answered);
  answer->is_answered = TRUE;
  answer->hashes = g_memdup2 (hashes, n_hashes * sizeof *hashes);
  answer->n_hashes = n_hashes;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
}

static inline void
wait_for (StoreFixture *f, Answer *answer)
{
  g_assert_false (answer->is_answered); /* never from inside the call */
  while (!answer->is_answered)
    g_main_context_iteration (NULL, TRUE);
}

static inline void
on_ready (ShoalSeed *seed, const GError *error, gpointer user_data)
{
  Answer *answer = user_data;

  answer->is_answered = TRUE;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
}

static inline void
hash_all (StoreFixture *f, ShoalSeed *seed)
{
  g_auto (Answer) answer = { 0 };

  shoal_seed_hash_all_async (seed, TRUE, NULL, on_ready, &answer);
  wait_for (f, &answer);
  g_assert_no_error (answer.error);
}

static inline void
check_hashes (StoreFixture *f, ShoalContentSource *source, uint32_t file, uint64_t group,
              const ShoalHash *leaves, guint n)
{
  g_auto (Answer) answer = { 0 };

  shoal_content_source_hashes_async (source, file, group, on_hashes, &answer);
  wait_for (f, &answer);
  g_assert_no_error (answer.error);
  g_assert_cmpmem (answer.hashes, answer.n_hashes * sizeof (ShoalHash),
                   leaves + group * SHOAL_LEAVES_PER_GROUP, n * sizeof (ShoalHash));
}

static inline void
check_read (StoreFixture *f, ShoalContentSource *source, uint32_t file, uint64_t first, guint n,
            const uint8_t *data, size_t size)
{
  g_auto (Answer) answer = { 0 };
  size_t offset = first * SHOAL_LEAF_SIZE;

  shoal_content_source_read_async (source, file, first, n, on_read, &answer);
  wait_for (f, &answer);
  g_assert_no_error (answer.error);
  g_assert_cmpmem (g_bytes_get_data (answer.bytes, NULL), g_bytes_get_size (answer.bytes),
                   data + offset, MIN (n * SHOAL_LEAF_SIZE, size - offset));
}

static inline void
expect_error (StoreFixture *f, ShoalContentSource *source, uint32_t file, uint64_t first, guint n,
              ShoalErrorCode code)
{
  g_auto (Answer) answer = { 0 };

  shoal_content_source_read_async (source, file, first, n, on_read, &answer);
  wait_for (f, &answer);
  g_assert_error (answer.error, SHOAL_ERROR, (int) code);
}

typedef struct
{
  ShoalDescription *description;
  GError           *error;
  gint64            first_mtime;
  gboolean          is_answered;
} Completed;

static inline void
on_complete (ShoalDescription *description, const ShoalAttributes *attributes, const GError *error,
             gpointer user_data)
{
  Completed *completed = user_data;

  completed->is_answered = TRUE;
  completed->error = error != NULL ? g_error_copy (error) : NULL;
  if (description == NULL)
    return;
  completed->description = shoal_description_ref (description);
  g_assert_cmpuint (attributes->n_files, ==, shoal_description_get_n_files (description));
  g_assert_cmpuint (attributes->n_folders, ==, shoal_description_get_n_folders (description));
  if (attributes->n_files > 0)
    completed->first_mtime = attributes->files[0].mtime;
}

static inline ShoalDescription *
complete (StoreFixture *f, ShoalSeed *seed)
{
  Completed completed = { 0 };

  shoal_seed_complete_async (seed, on_complete, &completed);
  while (!completed.is_answered)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (completed.error);
  return completed.description;
}

/* --- A share of files of all sizes --------------------------------------- */

static const struct
{
  const char *name;
  size_t      size;
} FILES[] = {
  { "s/0", 0 },
  { "s/1", 1 },
  { "s/16383", 16383 },
  { "s/16384", 16384 },
  { "s/16385", 16385 },
  { "s/group", GROUP_BYTES },
  { "s/group+1", GROUP_BYTES + 1 },
  { "s/dir/small", 10240 },
  { "s/dir/other", 40000 },
};

static inline ShoalScan *
write_and_scan (StoreFixture *f)
{
  for (guint i = 0; i < G_N_ELEMENTS (FILES); i++)
    store_fixture_write (f, FILES[i].name, FILES[i].size, i);
  store_fixture_age ();
  return store_fixture_scan (f, "s");
}

/* Where the share has file @i of FILES. */
static inline uint32_t
index_of (ShoalContentSource *source, guint i)
{
  uint32_t index = 0;

  g_assert_true (shoal_description_find_path (shoal_content_source_get_description (source),
                                              FILES[i].name + 2, &index));
  return index;
}

static inline void
check_all (StoreFixture *f, ShoalContentSource *source, gboolean hashes)
{
  for (guint i = 0; i < G_N_ELEMENTS (FILES); i++)
    {
      size_t size = FILES[i].size;
      g_autofree uint8_t *bytes = g_malloc (size + 1);
      g_autofree ShoalHash *leaves = leaves_of (size, i);
      uint32_t index = index_of (source, i);

      if (size == 0)
        {
          expect_error (f, source, index, 0, 1, SHOAL_ERROR_INVALID);
          continue;
        }
      store_fixture_fill (bytes, size, i);
      check_read (f, source, index, 0, MIN (shoal_merkle_n_leaves (size), 64), bytes, size);
      check_read (f, source, index, shoal_merkle_n_leaves (size) - 1, 1, bytes, size);
      if (size > GROUP_BYTES)
        check_read (f, source, index, 500, 13, bytes, size); /* over the end of a group */
      for (uint64_t g = 0; hashes && g < shoal_merkle_n_groups (size); g++)
        check_hashes (f, source, index, g, leaves, shoal_merkle_group_size (size, g));
    }
}
