/* store-fixture.h: a folder to play in, a runtime and a database.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-database.h"
#include "shoal-main-runtime.h"
#include "shoal-scan.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>

typedef struct
{
  ShoalMainRuntime *runtime;
  ShoalDatabase    *db;  /* in memory */
  char             *dir; /* removed at the end */
} StoreFixture;

static inline void
store_fixture_set_up (StoreFixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->runtime = shoal_main_runtime_new (NULL);
  f->db = shoal_database_open (SHOAL_RUNTIME (f->runtime), NULL, &error);
  g_assert_no_error (error);
  f->dir = g_dir_make_tmp ("shoal-store-XXXXXX", &error);
  g_assert_no_error (error);
}

static inline int
store_fixture_remove (const char *path, const struct stat *buf, int type, struct FTW *ftw)
{
  if (type == FTW_DNR)
    g_chmod (path, 0700);
  return g_remove (path);
}

static inline void
store_fixture_tear_down (StoreFixture *f, gconstpointer data)
{
  shoal_main_runtime_drain (f->runtime);
  shoal_database_unref (f->db);
  shoal_main_runtime_drain (f->runtime);
  g_assert_finalize_object (f->runtime);
  nftw (f->dir, store_fixture_remove, 32, FTW_DEPTH | FTW_PHYS);
  g_free (f->dir);
}

/* Returns: (transfer full) */
static inline char *
store_fixture_path (StoreFixture *f, const char *name)
{
  return g_build_filename (f->dir, name, NULL);
}

/* With the folders above it. Bytes follow from @seed, so that they can be had again. */
static inline void
store_fixture_fill (void *data, size_t size, guint32 seed)
{
  uint8_t *to = data;
  uint64_t x = seed * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + 1;

  for (size_t i = 0; i < size; i++)
    {
      x ^= x << 13;
      x ^= x >> 7;
      x ^= x << 17;
      to[i] = (uint8_t) x;
    }
}

static inline void
store_fixture_write (StoreFixture *f, const char *name, size_t size, guint32 seed)
{
  g_autofree char *path = store_fixture_path (f, name);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *data = g_malloc (size + 1);
  FILE *file;

  store_fixture_fill (data, size, seed);
  g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
  file = g_fopen (path, "wb");
  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (data, 1, size, file), ==, size);
  fclose (file);
}

/* Files touched just now are not remembered: wait until they are old enough. */
static inline void
store_fixture_age (void)
{
  g_usleep (40000);
}

/* Processor seconds of this process: what is left to measure on a busy machine. */
static inline double
store_fixture_cpu (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
         + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Returns: (transfer full) */
static inline ShoalScan *
store_fixture_scan (StoreFixture *f, const char *name)
{
  static const ShoalHash DRAFT = { { 1, 2, 3 } };
  g_autofree char *path = store_fixture_path (f, name);
  const char *paths[] = { path, NULL };
  g_autoptr (GError) error = NULL;
  ShoalScan *scan = shoal_scan_now (paths, &DRAFT, NULL, &error);

  g_assert_no_error (error);
  return scan;
}
