/* test-identity.c: the device key on disk, and everything that can be wrong with it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-error.h"
#include "shoal-identity.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *directory;
  char *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->directory = g_dir_make_tmp ("shoal-identity-XXXXXX", NULL);
  f->path = g_build_filename (f->directory, SHOAL_IDENTITY_FILE, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (f->directory, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (f->directory, name, NULL);

      if (g_remove (path) != 0)
        g_rmdir (path);
    }
  g_rmdir (f->directory);
  g_free (f->directory);
  g_free (f->path);
}

static guint
count_files (Fixture *f)
{
  g_autoptr (GDir) dir = g_dir_open (f->directory, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static guint
get_mode (const char *path)
{
  struct stat info;

  g_assert_cmpint (stat (path, &info), ==, 0);
  return info.st_mode & 07777;
}

static void
test_create (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalIdentity) first = NULL;
  g_autoptr (ShoalIdentity) second = NULL;
  mode_t mask = umask (0);

  first = shoal_identity_load_or_create (f->directory, &error);
  umask (mask);
  g_assert_no_error (error);
  g_assert_null (shoal_identity_get_notice (first));
  g_assert_cmpuint (get_mode (f->path), ==, 0600);
  g_assert_cmpuint (count_files (f), ==, 1);

  second = shoal_identity_load_or_create (f->directory, &error);
  g_assert_no_error (error);
  g_assert_true (shoal_hash_equals (shoal_identity_get_id (first),
                                    shoal_identity_get_id (second)));
}

static void
test_create_folders (Fixture *f, gconstpointer data)
{
  g_autofree char *deep = g_build_filename (f->directory, "a", NULL);
  g_autofree char *path = g_build_filename (deep, SHOAL_IDENTITY_FILE, NULL);
  g_autoptr (ShoalIdentity) identity = shoal_identity_load_or_create (deep, NULL);

  g_assert_nonnull (identity);
  g_assert_cmpuint (get_mode (deep), ==, 0700);
  g_remove (path);
}

/* The ID is SHA-256 over the SubjectPublicKeyInfo, whose DER for Ed25519 is a
 * fixed header and the 32 bytes of the key (RFC 8410). */
static void
test_id (void)
{
  static const uint8_t HEADER[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                    0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
  g_autoptr (ShoalIdentity) a = shoal_identity_generate (NULL);
  g_autoptr (ShoalIdentity) b = shoal_identity_generate (NULL);
  g_autoptr (GError) error = NULL;
  gnutls_datum_t der, x;
  gnutls_ecc_curve_t curve;
  gnutls_x509_crt_t certificate;
  uint8_t spki[sizeof HEADER + 32];
  ShoalDeviceId id;

  g_assert_cmpint (shoal_hash_compare (shoal_identity_get_id (a), shoal_identity_get_id (b)),
                   !=, 0);

  g_assert_cmpint (gnutls_certificate_get_crt_raw (shoal_identity_get_credentials (a), 0, 0, &der),
                   ==, 0);
  g_assert_true (shoal_identity_id_of_certificate (&der, &id, &error));
  g_assert_no_error (error);
  g_assert_true (shoal_hash_equals (&id, shoal_identity_get_id (a)));

  gnutls_x509_crt_init (&certificate);
  g_assert_cmpint (gnutls_x509_crt_import (certificate, &der, GNUTLS_X509_FMT_DER), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_get_pk_ecc_raw (certificate, &curve, &x, NULL), ==, 0);
  g_assert_cmpint (curve, ==, GNUTLS_ECC_CURVE_ED25519);
  g_assert_cmpuint (x.size, ==, 32);
  memcpy (spki, HEADER, sizeof HEADER);
  memcpy (spki + sizeof HEADER, x.data, 32);
  gnutls_hash_fast (GNUTLS_DIG_SHA256, spki, sizeof spki, id.bytes);
  g_assert_true (shoal_hash_equals (&id, shoal_identity_get_id (a)));
  gnutls_free (x.data);
  gnutls_x509_crt_deinit (certificate);
}

static void
test_not_a_certificate (void)
{
  g_autoptr (ShoalIdentity) identity = shoal_identity_generate (NULL);
  gnutls_datum_t der;
  ShoalDeviceId id = { { 9 } };

  g_assert_cmpint (gnutls_certificate_get_crt_raw (shoal_identity_get_credentials (identity), 0,
                                                   0, &der), ==, 0);
  for (unsigned size = 0; size < der.size; size++)
    {
      g_autofree uint8_t *part = g_memdup2 (der.data, size);
      gnutls_datum_t cut = { part, size };
      g_autoptr (GError) error = NULL;

      g_assert_false (shoal_identity_id_of_certificate (&cut, &id, &error));
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
    }
  g_assert_cmpuint (id.bytes[0], ==, 9);
}

static void
test_tightens (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalIdentity) first = shoal_identity_load_or_create (f->directory, NULL);
  g_autoptr (ShoalIdentity) second = NULL;
  g_autoptr (ShoalIdentity) third = NULL;

  g_assert_cmpint (chmod (f->path, 0644), ==, 0);
  second = shoal_identity_load_or_create (f->directory, &error);
  g_assert_no_error (error);
  g_assert_nonnull (shoal_identity_get_notice (second));
  g_assert_nonnull (strstr (shoal_identity_get_notice (second), f->path));
  g_assert_cmpuint (get_mode (f->path), ==, 0600);
  third = shoal_identity_load_or_create (f->directory, &error);
  g_assert_null (shoal_identity_get_notice (third));
}

static void
assert_fails (Fixture *f, ShoalErrorCode code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalIdentity) identity = shoal_identity_load_or_create (f->directory, &error);

  g_assert_null (identity);
  g_assert_error (error, SHOAL_ERROR, (int) code);
  g_assert_cmpint (shoal_error_get_side (error), ==, SHOAL_SIDE_HERE);
  g_assert_nonnull (shoal_error_get_next (error));
  g_assert_nonnull (strstr (error->message, f->path));
}

/* A damaged key is never replaced: that would make this another device. */
static void
test_corrupt (Fixture *f, gconstpointer data)
{
  g_autoptr (ShoalIdentity) good = shoal_identity_load_or_create (f->directory, NULL);
  g_autofree char *pem = NULL, *after = NULL;
  size_t size;

  g_assert_true (g_file_get_contents (f->path, &pem, &size, NULL));
  for (size_t cut = 0; cut < size; cut += 1 + cut / 16)
    {
      /* Of the last line GnuTLS wants no more than the beginning. */
      if (cut >= size - strlen ("-----END CERTIFICATE-----\n"))
        break;
      g_assert_true (g_file_set_contents (f->path, pem, (gssize) cut, NULL));
      assert_fails (f, SHOAL_ERROR_CORRUPT);
    }
  g_assert_true (g_file_get_contents (f->path, &after, &size, NULL));
  g_assert_true (g_str_has_prefix (pem, after));
}

/* The key of one device and the certificate of another. */
static void
test_mixed (Fixture *f, gconstpointer data)
{
  g_autoptr (ShoalIdentity) first = shoal_identity_load_or_create (f->directory, NULL);
  g_autoptr (ShoalIdentity) second = NULL;
  g_autofree char *one = NULL, *two = NULL, *mixed = NULL;

  g_assert_true (g_file_get_contents (f->path, &one, NULL, NULL));
  g_assert_cmpint (g_remove (f->path), ==, 0);
  second = shoal_identity_load_or_create (f->directory, NULL);
  g_assert_true (g_file_get_contents (f->path, &two, NULL, NULL));

  *strstr (one, "-----BEGIN CERTIFICATE") = '\0';
  mixed = g_strconcat (one, strstr (two, "-----BEGIN CERTIFICATE"), NULL);
  g_assert_true (g_file_set_contents (f->path, mixed, -1, NULL));
  assert_fails (f, SHOAL_ERROR_CORRUPT);
}

static void
test_unreadable (Fixture *f, gconstpointer data)
{
  g_autofree char *big = g_malloc0 (100000);

  /* A folder, something too large, a pipe that would block, a broken link. */
  g_assert_cmpint (g_mkdir (f->path, 0700), ==, 0);
  assert_fails (f, SHOAL_ERROR_DISK);
  g_assert_cmpint (g_rmdir (f->path), ==, 0);

  g_assert_true (g_file_set_contents (f->path, big, 100000, NULL));
  assert_fails (f, SHOAL_ERROR_DISK);
  g_assert_cmpint (g_remove (f->path), ==, 0);

  g_assert_cmpint (mkfifo (f->path, 0600), ==, 0);
  assert_fails (f, SHOAL_ERROR_DISK);
  g_assert_cmpint (g_remove (f->path), ==, 0);

  g_assert_cmpint (symlink (f->path, f->path), ==, 0);
  assert_fails (f, SHOAL_ERROR_DISK);
}

static void
test_unwritable (Fixture *f, gconstpointer data)
{
  g_autofree char *file = g_build_filename (f->directory, "file", NULL);
  g_autofree char *below = g_build_filename (file, "folder", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  g_assert_null (shoal_identity_load_or_create (below, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_DISK);
  g_clear_error (&error);

  if (geteuid () == 0)
    {
      g_test_message ("root may write everywhere");
      return;
    }
  g_assert_cmpint (chmod (f->directory, 0500), ==, 0);
  g_assert_null (shoal_identity_load_or_create (f->directory, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_DISK);
  g_assert_cmpint (chmod (f->directory, 0700), ==, 0);
}

static gpointer
load_in_thread (gpointer directory)
{
  return shoal_identity_load_or_create (directory, NULL);
}

/* Whoever starts at the same moment becomes the same device. */
static void
test_race (Fixture *f, gconstpointer data)
{
  for (int round = 0; round < 20; round++)
    {
      GThread *threads[4];
      ShoalIdentity *identities[4];

      for (int i = 0; i < 4; i++)
        threads[i] = g_thread_new ("race", load_in_thread, f->directory);
      for (int i = 0; i < 4; i++)
        {
          identities[i] = g_thread_join (threads[i]);
          g_assert_nonnull (identities[i]);
          g_assert_true (shoal_hash_equals (shoal_identity_get_id (identities[0]),
                                            shoal_identity_get_id (identities[i])));
        }
      for (int i = 0; i < 4; i++)
        shoal_identity_unref (identities[i]);
      g_assert_cmpuint (count_files (f), ==, 1);
      g_assert_cmpint (g_remove (f->path), ==, 0);
    }
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/identity/identity/create", test_create);
  ADD ("/identity/identity/create-folders", test_create_folders);
  g_test_add_func ("/identity/identity/id", test_id);
  g_test_add_func ("/identity/identity/not-a-certificate", test_not_a_certificate);
  ADD ("/identity/identity/tightens", test_tightens);
  ADD ("/identity/identity/corrupt", test_corrupt);
  ADD ("/identity/identity/mixed", test_mixed);
  ADD ("/identity/identity/unreadable", test_unreadable);
  ADD ("/identity/identity/unwritable", test_unwritable);
  ADD ("/identity/identity/race", test_race);
  return g_test_run ();
}
