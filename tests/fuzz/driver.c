/* driver.c: runs a fuzz target over its corpus, without a fuzzer.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every file of the folder named on the command line is given whole, cut short
 * at every length, and with single bytes changed. Each input lies in a block
 * of exactly its size, so that the sanitizers and valgrind see a read past its
 * end. Nothing is random: a failure repeats.
 */

#include <gio/gio.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
/* Optional, as in libFuzzer: called once, before the first input. */
int LLVMFuzzerInitialize (int *argc, char ***argv) __attribute__ ((weak));

/* Large inputs are cut and changed at this many places only. */
#define MAX_STEPS 1024

static guint64 n_inputs;

static void
run (const char *data, gsize size)
{
  g_autofree uint8_t *copy = g_memdup2 (data, size);

  /* Like libFuzzer, never hand out NULL: memcmp() and friends forbid it. */
  LLVMFuzzerTestOneInput (copy != NULL ? copy : (const uint8_t *) "", size);
  n_inputs++;
}

static void
run_variants (char *data, gsize size)
{
  static const uint8_t changes[] = { 0x01, 0x80, 0xff };
  gsize step = MAX (1, size / MAX_STEPS);

  run (data, size);
  for (gsize i = 0; i < size; i += step)
    run (data, i);

  for (gsize i = 0; i < size; i += step)
    for (gsize k = 0; k < G_N_ELEMENTS (changes); k++)
      {
        data[i] ^= (char) changes[k];
        run (data, size);
        data[i] ^= (char) changes[k];
      }
}

static gboolean
run_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, &error))
    {
      g_printerr ("%s\n", error->message);
      return FALSE;
    }

  /* Says which file an abort belongs to. */
  g_print ("%s, %" G_GSIZE_FORMAT " bytes\n", name, size);
  fflush (stdout);
  run_variants (data, size);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GError) error = NULL;
  const char *name;
  guint n_files = 0;

  setlocale (LC_ALL, "");
  if (LLVMFuzzerInitialize != NULL)
    LLVMFuzzerInitialize (&argc, &argv);

  dir = argc == 2 ? g_dir_open (argv[1], 0, &error) : NULL;
  if (dir == NULL)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "Usage: corpus-NAME FOLDER");
      return 2;
    }

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      if (!run_file (argv[1], name))
        return 1;
      n_files++;
    }

  if (n_files == 0)
    {
      g_printerr ("%s holds no input: a target without a corpus tests nothing\n", argv[1]);
      return 1;
    }

  g_print ("%u files, %" G_GUINT64_FORMAT " inputs\n", n_files, n_inputs);
  return 0;
}
