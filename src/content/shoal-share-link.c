/* shoal-share-link.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-share-link.h"

#include "shoal-bytes.h"

#include <gio/gio.h>
#include <string.h>

#define BTIH "urn:btih:"
#define BTMH "urn:btmh:"
/* Multihash: SHA-256, 32 bytes. */
#define MULTIHASH_SHA256 "1220"
/* A host name in DNS. */
#define MAX_HOST_BYTES 253

static const char *const SCHEMES[] = {
  [SHOAL_SHARE_LINK_MAGNET] = "magnet:?",
  [SHOAL_SHARE_LINK_SHOAL] = "shoal:?",
};

ShoalShareLink *
shoal_share_link_new (const ShoalHash *id)
{
  ShoalShareLink *self = g_new0 (ShoalShareLink, 1);

  self->id = *id;
  self->trackers = g_ptr_array_new_with_free_func (g_free);
  self->addresses = g_ptr_array_new_with_free_func (g_free);
  self->devices = g_array_new (FALSE, FALSE, sizeof (ShoalHash));
  return self;
}

void
shoal_share_link_free (ShoalShareLink *self)
{
  if (self == NULL)
    return;

  g_free (self->name);
  g_ptr_array_unref (self->trackers);
  g_ptr_array_unref (self->addresses);
  g_array_unref (self->devices);
  g_free (self);
}

/* The query behind a scheme we know, or NULL. */
static const char *
skip_scheme (const char *text)
{
  for (size_t i = 0; i < G_N_ELEMENTS (SCHEMES); i++)
    {
      size_t size = strlen (SCHEMES[i]);

      if (g_ascii_strncasecmp (text, SCHEMES[i], size) == 0)
        return text + size;
    }
  return NULL;
}

gboolean
shoal_share_link_looks_like (const char *text)
{
  return skip_scheme (text) != NULL;
}

/* --- Checking values ----------------------------------------------------- */

static gboolean
is_printable (const char *text, gboolean allow_space)
{
  if (!g_utf8_validate (text, -1, NULL))
    return FALSE;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);

      if (g_unichar_iscntrl (c) || (!allow_space && c == ' '))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_port (const char *text)
{
  guint64 port;

  return g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT16, &port, NULL);
}

static gboolean
is_host_name (const char *host, size_t size)
{
  if (size == 0 || size > MAX_HOST_BYTES)
    return FALSE;

  for (size_t i = 0; i < size; i++)
    {
      if (!g_ascii_isalnum (host[i]) && strchr ("-._", host[i]) == NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_bare_ipv6 (const char *text)
{
  g_autoptr (GInetAddress) address = NULL;

  /* A scope means something on one host only. */
  if (strchr (text, '%') != NULL)
    return FALSE;
  address = g_inet_address_new_from_string (text);
  return address != NULL && g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6;
}

/* "host:port" or "[v6]:port". */
static gboolean
is_address (const char *text)
{
  const char *colon = strrchr (text, ':');
  g_autofree char *host = NULL;
  size_t size;

  if (colon == NULL || !is_port (colon + 1))
    return FALSE;

  size = (size_t) (colon - text);
  if (text[0] != '[')
    return is_host_name (text, size);
  if (size < 2 || text[size - 1] != ']')
    return FALSE;
  host = g_strndup (text + 1, size - 2);
  return is_bare_ipv6 (host);
}

/* Which schemes are spoken is for the tracker client to know. */
static gboolean
is_tracker (const char *text)
{
  return strstr (text, "://") != NULL && is_printable (text, FALSE);
}

static gboolean
parse_length (const char *text, uint64_t *length)
{
  return g_ascii_string_to_unsigned (text, 10, 0, SHOAL_MAX_SHARE_LENGTH, length, NULL);
}

/* Exactly 32 bytes. */
static gboolean
parse_secret (const char *text, uint8_t secret[32])
{
  size_t size = 0;
  g_autofree uint8_t *bytes = shoal_base64url_decode (text, &size);

  if (bytes == NULL || size != 32)
    return FALSE;
  memcpy (secret, bytes, 32);
  return TRUE;
}

/* --- Parsing ------------------------------------------------------------- */

typedef struct
{
  ShoalShareLink *link;
  gboolean        has_id;
  gboolean        has_v1;
} Parser;

static gboolean
fail (GError **error, const char *what)
{
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_NONE,
                          "Copy the whole link again, from where you got it.",
                          "Not a share link: %s", what);
}

static gboolean
take_topic (Parser *self, const char *value, GError **error)
{
  ShoalHash id;

  if (g_ascii_strncasecmp (value, BTIH, strlen (BTIH)) == 0)
    self->has_v1 = TRUE;
  if (g_ascii_strncasecmp (value, BTMH, strlen (BTMH)) != 0)
    return TRUE;

  value += strlen (BTMH);
  if (!g_str_has_prefix (value, MULTIHASH_SHA256)
      || !shoal_hash_from_hex (value + strlen (MULTIHASH_SHA256), &id))
    return fail (error, "the info hash is damaged");
  if (self->has_id && !shoal_hash_equals (&id, &self->link->id))
    return fail (error, "it names two shares");

  self->link->id = id;
  self->has_id = TRUE;
  return TRUE;
}

static void
take_text (GPtrArray *list, guint max, const char *value, gboolean is_good)
{
  if (list->len < max && is_good
      && !g_ptr_array_find_with_equal_func (list, value, g_str_equal, NULL))
    g_ptr_array_add (list, g_strdup (value));
}

static void
take_device (ShoalShareLink *link, const char *value)
{
  ShoalHash device;

  if (link->devices->len < SHOAL_SHARE_LINK_MAX_DEVICES && shoal_hash_from_hex (value, &device))
    g_array_append_val (link->devices, device);
}

/* TRUE for @key itself and for numbered ones: “tr”, “tr.1”. */
static gboolean
is_key (const char *key, const char *wanted)
{
  size_t size = strlen (wanted);

  if (strncmp (key, wanted, size) != 0)
    return FALSE;
  return key[size] == '\0' || (key[size] == '.' && g_ascii_isdigit (key[size + 1]));
}

static gboolean
take (Parser *self, const char *key, const char *value, GError **error)
{
  ShoalShareLink *link = self->link;

  if (is_key (key, "xt"))
    return take_topic (self, value, error);
  if (is_key (key, "dn") && link->name == NULL && *value != '\0'
      && strlen (value) <= SHOAL_MAX_LABEL_BYTES && is_printable (value, TRUE))
    link->name = g_strdup (value);
  else if (is_key (key, "xl") && !link->has_length)
    link->has_length = parse_length (value, &link->length);
  else if (is_key (key, "tr"))
    take_text (link->trackers, SHOAL_SHARE_LINK_MAX_TRACKERS, value, is_tracker (value));
  else if (is_key (key, "x.pe"))
    take_text (link->addresses, SHOAL_SHARE_LINK_MAX_ADDRESSES, value, is_address (value));
  else if (is_key (key, "x.sd"))
    take_device (link, value);
  else if (is_key (key, "x.sk"))
    {
      /* A damaged secret must not quietly become a link without one. */
      if (link->has_secret || !parse_secret (value, link->secret))
        return fail (error, "its secret is damaged");
      link->has_secret = TRUE;
    }
  return TRUE;
}

/* %NN, and '+' for a space; NULL for a NUL or a bad sequence. */
static char *
decode (const char *text, size_t size)
{
  g_autofree char *copy = g_strndup (text, size);

  g_strdelimit (copy, "+", ' ');
  return g_uri_unescape_string (copy, NULL);
}

static gboolean
take_pair (Parser *self, const char *pair, size_t size, GError **error)
{
  const char *equals = memchr (pair, '=', size);
  g_autofree char *key = NULL;
  g_autofree char *value = NULL;

  if (equals == NULL)
    return TRUE;

  key = decode (pair, (size_t) (equals - pair));
  value = decode (equals + 1, size - (size_t) (equals + 1 - pair));
  if (key == NULL || (value == NULL && (is_key (key, "xt") || is_key (key, "x.sk"))))
    return fail (error, "it is damaged");
  return value == NULL || take (self, key, value, error);
}

static gboolean
check_identity (const Parser *self, GError **error)
{
  if (self->has_id)
    return TRUE;
  if (self->has_v1)
    return shoal_error_set (error, SHOAL_ERROR_UNSUPPORTED, SHOAL_SIDE_NONE,
                            "Open it with a BitTorrent program instead.",
                            "This link is for BitTorrent version 1 only");
  return fail (error, "it has no info hash (xt=urn:btmh:…)");
}

ShoalShareLink *
shoal_share_link_parse (const char *text, gssize given_size, GError **error)
{
  size_t size = given_size < 0 ? strlen (text) : (size_t) given_size;
  ShoalHash none = { { 0 } };
  g_autoptr (ShoalShareLink) link = shoal_share_link_new (&none);
  Parser parser = { .link = link };
  g_autofree char *copy = NULL;
  const char *pair;

  if (size > SHOAL_MAX_LINK_BYTES)
    {
      shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_NONE, NULL,
                       "A link of more than %u bytes", SHOAL_MAX_LINK_BYTES);
      return NULL;
    }

  /* People copy the blanks around it, too. */
  copy = g_strstrip (g_strndup (text, size));
  pair = memchr (text, '\0', size) == NULL ? skip_scheme (copy) : NULL;
  if (pair == NULL)
    {
      fail (error, "it does not begin with magnet:? or shoal:?");
      return NULL;
    }

  while (*pair != '\0')
    {
      size_t length = strcspn (pair, "&#");

      if (!take_pair (&parser, pair, length, error))
        return NULL;
      pair += length;
      if (*pair++ != '&')
        break;
    }

  if (!check_identity (&parser, error))
    return NULL;
  return g_steal_pointer (&link);
}

/* --- Formatting ---------------------------------------------------------- */

static void
add_pair (GString *out, const char *key, const char *value)
{
  /* Brackets stay as they are for other programs, which do not unescape x.pe. */
  g_string_append_printf (out, "&%s=", key);
  g_string_append_uri_escaped (out, value, ":/[]", FALSE);
}

static void
add_secret (GString *out, const uint8_t secret[32])
{
  g_autofree char *text = shoal_base64url_encode (secret, 32);

  g_string_append_printf (out, "&x.sk=%s", text);
}

char *
shoal_share_link_format (const ShoalShareLink *self, ShoalShareLinkScheme scheme)
{
  g_autofree char *id = shoal_hash_to_hex (&self->id);
  GString *out = g_string_new (SCHEMES[scheme]);

  g_string_append_printf (out, "xt=" BTMH MULTIHASH_SHA256 "%s", id);
  if (self->name != NULL && *self->name != '\0' && strlen (self->name) <= SHOAL_MAX_LABEL_BYTES
      && is_printable (self->name, TRUE))
    add_pair (out, "dn", self->name);
  if (self->has_length)
    g_string_append_printf (out, "&xl=%" G_GUINT64_FORMAT, self->length);
  if (self->has_secret)
    add_secret (out, self->secret);
  for (guint i = 0; i < MIN (self->devices->len, SHOAL_SHARE_LINK_MAX_DEVICES); i++)
    {
      g_autofree char *device = shoal_hash_to_hex (&g_array_index (self->devices, ShoalHash, i));

      add_pair (out, "x.sd", device);
    }
  for (guint i = 0; i < MIN (self->addresses->len, SHOAL_SHARE_LINK_MAX_ADDRESSES); i++)
    {
      if (is_address (self->addresses->pdata[i]))
        add_pair (out, "x.pe", self->addresses->pdata[i]);
    }
  for (guint i = 0; i < MIN (self->trackers->len, SHOAL_SHARE_LINK_MAX_TRACKERS); i++)
    {
      if (is_tracker (self->trackers->pdata[i]))
        add_pair (out, "tr", self->trackers->pdata[i]);
    }
  return g_string_free (out, FALSE);
}
