/* shoal-identity.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-identity"

#include "config.h"

#include "shoal-identity.h"

#include "shoal-error.h"
#include "shoal-secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A key and a certificate of ours have about 700 bytes. */
#define MAX_FILE_SIZE 65536

struct _ShoalIdentity
{
  ShoalDeviceId                    id;
  gnutls_certificate_credentials_t credentials; /* (owned) */
  char                            *notice;      /* (owned) (nullable) */
};

typedef struct gnutls_x509_privkey_int PrivateKey;
typedef struct gnutls_x509_crt_int     Certificate;
typedef struct gnutls_pubkey_st        PublicKey;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PrivateKey, gnutls_x509_privkey_deinit)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Certificate, gnutls_x509_crt_deinit)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PublicKey, gnutls_pubkey_deinit)

static gboolean
set_crypto_error (GError **error, int status, const char *what)
{
  return shoal_error_set (error, SHOAL_ERROR_FAILED, SHOAL_SIDE_HERE, NULL, "Cannot %s: %s", what,
                          gnutls_strerror (status));
}

/* --- Certificates -------------------------------------------------------- */

static int
id_of_certificate (gnutls_x509_crt_t certificate, ShoalDeviceId *id)
{
  g_autoptr (PublicKey) key = NULL;
  gnutls_datum_t spki = { NULL, 0 };
  int status;

  if ((status = gnutls_pubkey_init (&key)) < 0
      || (status = gnutls_pubkey_import_x509 (key, certificate, 0)) < 0
      || (status = gnutls_pubkey_export2 (key, GNUTLS_X509_FMT_DER, &spki)) < 0)
    return status;
  status = gnutls_hash_fast (GNUTLS_DIG_SHA256, spki.data, spki.size, id->bytes);
  gnutls_free (spki.data);
  return status;
}

static int
make_key (PrivateKey **key)
{
  int status;

  if ((status = gnutls_x509_privkey_init (key)) < 0)
    return status;
  return gnutls_x509_privkey_generate (*key, GNUTLS_PK_EDDSA_ED25519, 0, 0);
}

/* TLS wants a certificate around the key. Its contents mean nothing: the same
 * name for everybody, and no end. */
static int
make_certificate (PrivateKey *key, Certificate **certificate)
{
  uint8_t serial[16];
  int status;

  /* not replayed: a serial number that nobody looks at */
  if ((status = gnutls_rnd (GNUTLS_RND_NONCE, serial, sizeof serial)) < 0)
    return status;
  serial[0] = (serial[0] & 0x7f) | 0x40; /* a positive number of full length */

  if ((status = gnutls_x509_crt_init (certificate)) < 0
      || (status = gnutls_x509_crt_set_version (*certificate, 3)) < 0
      || (status = gnutls_x509_crt_set_serial (*certificate, serial, sizeof serial)) < 0
      || (status = gnutls_x509_crt_set_activation_time (*certificate, 946684800)) < 0
      || (status = gnutls_x509_crt_set_expiration_time (*certificate, (time_t) -1)) < 0
      || (status = gnutls_x509_crt_set_dn (*certificate, "CN=shoal", NULL)) < 0
      || (status = gnutls_x509_crt_set_key (*certificate, key)) < 0
      || (status = gnutls_x509_crt_set_basic_constraints (*certificate, 0, -1)) < 0)
    return status;
  return gnutls_x509_crt_sign2 (*certificate, *certificate, key, GNUTLS_DIG_SHA512, 0);
}

/* Fails, too, when the two do not belong together. */
static ShoalIdentity *
new_identity (PrivateKey *key, Certificate *certificate, int *status)
{
  g_autoptr (ShoalIdentity) self = g_atomic_rc_box_new0 (ShoalIdentity);
  ShoalDeviceId id_of_key;
  size_t size = sizeof id_of_key;

  if ((*status = id_of_certificate (certificate, &self->id)) < 0
      || (*status = gnutls_x509_privkey_get_key_id (key, GNUTLS_KEYID_USE_SHA256, id_of_key.bytes,
                                                    &size)) < 0)
    return NULL;
  /* GnuTLS does not compare these two. */
  if (!shoal_hash_equals (&id_of_key, &self->id))
    {
      *status = GNUTLS_E_CERTIFICATE_KEY_MISMATCH;
      return NULL;
    }
  if ((*status = gnutls_certificate_allocate_credentials (&self->credentials)) < 0
      || (*status = gnutls_certificate_set_x509_key (self->credentials, &certificate, 1, key)) < 0)
    return NULL;
  return g_steal_pointer (&self);
}

/* --- PEM ----------------------------------------------------------------- */

static void
free_secret (GString *secret)
{
  gnutls_memset (secret->str, 0, secret->allocated_len);
  g_string_free (secret, TRUE);
}

typedef GString SecretString;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SecretString, free_secret)

static int
to_pem (PrivateKey *key, Certificate *certificate, SecretString *pem)
{
  gnutls_datum_t text = { NULL, 0 };
  int status;

  status = gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_PEM, NULL,
                                              GNUTLS_PKCS_PLAIN, &text);
  if (status < 0)
    return status;
  g_string_append_len (pem, (const char *) text.data, text.size);
  gnutls_memset (text.data, 0, text.size);
  gnutls_free (text.data);

  text.data = NULL;
  status = gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_PEM, &text);
  if (status < 0)
    return status;
  g_string_append_len (pem, (const char *) text.data, text.size);
  gnutls_free (text.data);
  return 0;
}

static ShoalIdentity *
from_pem (const SecretString *pem, const char *path, GError **error)
{
  g_autoptr (PrivateKey) key = NULL;
  g_autoptr (Certificate) certificate = NULL;
  gnutls_datum_t text = { (unsigned char *) pem->str, (unsigned) pem->len };
  ShoalIdentity *self = NULL;
  int status;

  if ((status = gnutls_x509_privkey_init (&key)) >= 0
      && (status = gnutls_x509_privkey_import (key, &text, GNUTLS_X509_FMT_PEM)) >= 0
      && (status = gnutls_x509_crt_init (&certificate)) >= 0
      && (status = gnutls_x509_crt_import (certificate, &text, GNUTLS_X509_FMT_PEM)) >= 0)
    self = new_identity (key, certificate, &status);
  if (self == NULL)
    shoal_error_set (error, SHOAL_ERROR_CORRUPT, SHOAL_SIDE_HERE,
                     "Put back a copy of the file; or move it away, and this device gets a new "
                     "ID that your friends do not know yet.",
                     "The device key in “%s” is damaged: %s", path, gnutls_strerror (status));
  return self;
}

/* --- The file ------------------------------------------------------------ */

static gboolean
write_all (int fd, const char *data, size_t size)
{
  while (size > 0)
    {
      ssize_t n = write (fd, data, size);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      data += n;
      size -= (size_t) n;
    }
  return TRUE;
}

/* Into place without replacing: EEXIST when another process was first. */
static gboolean
put_in_place (const char *temporary, const char *path)
{
  if (link (temporary, path) == 0)
    {
      unlink (temporary);
      return TRUE;
    }
  /* No hard links on FAT and some network file systems. */
  if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS)
    return renameat2 (AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0;
  return FALSE;
}

static void
sync_directory (const char *directory)
{
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0)
    {
      fsync (fd);
      close (fd);
    }
}

/* TRUE too when another process has made the file meanwhile. */
static gboolean
store (const char *directory, const char *path, const SecretString *pem, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0600);
  gboolean good;
  int saved_errno;

  if (fd < 0)
    return shoal_error_set_errno (error, errno, "write the device key “%s”", path);

  /* The umask may have taken bits from 0600, but never adds any. */
  good = fchmod (fd, 0600) == 0 && write_all (fd, pem->str, pem->len) && fsync (fd) == 0;
  saved_errno = errno;
  if (close (fd) != 0 && good)
    {
      good = FALSE;
      saved_errno = errno;
    }
  if (good && !put_in_place (temporary, path))
    {
      good = errno == EEXIST;
      saved_errno = errno;
    }
  unlink (temporary);
  if (!good)
    return shoal_error_set_errno (error, saved_errno, "write the device key “%s”", path);

  sync_directory (directory);
  return TRUE;
}

static gboolean
create (const char *directory, const char *path, GError **error)
{
  g_autoptr (PrivateKey) key = NULL;
  g_autoptr (Certificate) certificate = NULL;
  g_autoptr (SecretString) pem = g_string_sized_new (4096);
  int status;

  if (g_mkdir_with_parents (directory, 0700) != 0)
    return shoal_error_set_errno (error, errno, "create the folder “%s”", directory);
  if ((status = make_key (&key)) < 0 || (status = make_certificate (key, &certificate)) < 0
      || (status = to_pem (key, certificate, pem)) < 0)
    return set_crypto_error (error, status, "make a device key");
  return store (directory, path, pem, error);
}

/* The key of a device belongs to one user alone. */
static char *
tighten (int fd, const struct stat *info, const char *path)
{
  if ((info->st_mode & 077) == 0)
    return NULL;
  if (fchmod (fd, 0600) == 0)
    return g_strdup_printf ("Other users of this computer could read the device key “%s”. That "
                            "is repaired. If they may have copied it, move the file away to get "
                            "a new one.", path);
  return g_strdup_printf ("Other users of this computer can read the device key “%s”, and its "
                          "permissions cannot be changed: %s.", path, g_strerror (errno));
}

static gboolean
read_all (int fd, SecretString *into)
{
  char chunk[4096];
  ssize_t n;

  while ((n = read (fd, chunk, sizeof chunk)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      if (into->len + (size_t) n > MAX_FILE_SIZE)
        {
          errno = EFBIG;
          return FALSE;
        }
      g_string_append_len (into, chunk, n);
    }
  gnutls_memset (chunk, 0, sizeof chunk);
  return TRUE;
}

/* NULL without an error if there is no file. */
static ShoalIdentity *
load (const char *path, GError **error)
{
  /* Room for all: growing would leave copies of the key behind. */
  g_autoptr (SecretString) pem = g_string_sized_new (MAX_FILE_SIZE + 1);
  g_autofree char *notice = NULL;
  ShoalIdentity *self;
  struct stat info;
  gboolean good;
  int saved_errno;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

  if (fd < 0)
    {
      if (errno != ENOENT)
        shoal_error_set (error, SHOAL_ERROR_DISK, SHOAL_SIDE_HERE,
                         "Make the file readable for you, or run Shoal as its owner.",
                         "Cannot read the device key “%s”: %s", path, g_strerror (errno));
      return NULL;
    }

  good = fstat (fd, &info) == 0;
  if (good && !S_ISREG (info.st_mode))
    {
      good = FALSE;
      errno = EINVAL;
    }
  good = good && read_all (fd, pem);
  saved_errno = errno;
  if (good)
    notice = tighten (fd, &info, path);
  close (fd);
  if (!good)
    {
      shoal_error_set (error, SHOAL_ERROR_DISK, SHOAL_SIDE_HERE,
                       "Check that it is a file and that the disk is healthy.",
                       "Cannot read the device key “%s”: %s", path, g_strerror (saved_errno));
      return NULL;
    }

  self = from_pem (pem, path, error);
  if (self != NULL)
    self->notice = g_steal_pointer (&notice);
  return self;
}

/* --- Public -------------------------------------------------------------- */

ShoalIdentity *
shoal_identity_load_or_create (const char *directory, GError **error)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) local_error = NULL;
  ShoalIdentity *self;

  g_return_val_if_fail (directory != NULL, NULL);

  path = g_build_filename (directory, SHOAL_IDENTITY_FILE, NULL);
  self = load (path, &local_error);
  if (self == NULL && local_error == NULL && create (directory, path, &local_error))
    {
      self = load (path, &local_error);
      if (self == NULL && local_error == NULL)
        shoal_error_set_errno (&local_error, ENOENT, "read the device key “%s”", path);
    }
  if (self == NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return self;
}

ShoalIdentity *
shoal_identity_generate (GError **error)
{
  g_autoptr (PrivateKey) key = NULL;
  g_autoptr (Certificate) certificate = NULL;
  ShoalIdentity *self = NULL;
  int status;

  if ((status = make_key (&key)) >= 0 && (status = make_certificate (key, &certificate)) >= 0)
    self = new_identity (key, certificate, &status);
  if (self == NULL)
    set_crypto_error (error, status, "make a device key");
  return self;
}

ShoalIdentity *
shoal_identity_ref (ShoalIdentity *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear_identity (gpointer data)
{
  ShoalIdentity *self = data;

  g_clear_pointer (&self->credentials, gnutls_certificate_free_credentials);
  g_free (self->notice);
}

void
shoal_identity_unref (ShoalIdentity *self)
{
  g_atomic_rc_box_release_full (self, clear_identity);
}

const ShoalDeviceId *
shoal_identity_get_id (ShoalIdentity *self)
{
  return &self->id;
}

const char *
shoal_identity_get_notice (ShoalIdentity *self)
{
  return self->notice;
}

gnutls_certificate_credentials_t
shoal_identity_get_credentials (ShoalIdentity *self)
{
  return self->credentials;
}

void
shoal_identity_derive (ShoalIdentity *self, const char *label, uint8_t *secret, size_t size)
{
  g_autoptr (PrivateKey) key = NULL;
  gnutls_datum_t k = { NULL, 0 };
  gnutls_ecc_curve_t curve;

  /* The key is ours and in memory: only a lack of memory makes these fail. */
  if (gnutls_certificate_get_x509_key (self->credentials, 0, &key) < 0
      || gnutls_x509_privkey_export_ecc_raw (key, &curve, NULL, NULL, &k) < 0)
    g_error ("the device key is gone");
  shoal_hkdf_sha256 (label, strlen (label), k.data, k.size, "", 0, secret, size);
  gnutls_memset (k.data, 0, k.size);
  gnutls_free (k.data);
}

gboolean
shoal_identity_id_of_certificate (const gnutls_datum_t *der, ShoalDeviceId *id, GError **error)
{
  g_autoptr (Certificate) certificate = NULL;
  ShoalDeviceId result;
  int status;

  if ((status = gnutls_x509_crt_init (&certificate)) < 0
      || (status = gnutls_x509_crt_import (certificate, der, GNUTLS_X509_FMT_DER)) < 0
      || (status = id_of_certificate (certificate, &result)) < 0)
    return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                            "The other device's certificate cannot be read: %s",
                            gnutls_strerror (status));
  *id = result;
  return TRUE;
}
