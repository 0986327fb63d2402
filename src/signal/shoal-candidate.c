/* shoal-candidate.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-signal"

#include "config.h"

#include "shoal-candidate.h"

#include "shoal-error.h"

#include <string.h>

/* foundation component transport priority address port "typ" type */
#define N_WORDS 8
#define MAX_FOUNDATION 32
#define MAX_TEXT 512
/* Below these are services: no device listens for ICE there, but packets could
 * be made to go there. */
#define LOWEST_PORT 1024

static gboolean
refuse (GError **error, const char *why, const char *text)
{
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                          "The other device sent an address that is not used (%s): %.100s", why,
                          text);
}

/* RFC 8839: 1 to 32 of ALPHA / DIGIT / "+" / "/". */
static gboolean
is_foundation (const char *text)
{
  size_t size = strlen (text);

  for (size_t i = 0; i < size; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '+' && text[i] != '/')
      return FALSE;
  return size >= 1 && size <= MAX_FOUNDATION;
}

static gboolean
read_kind (const char *text, ShoalCandidateKind *kind)
{
  if (g_str_equal (text, "host"))
    *kind = SHOAL_CANDIDATE_HOST;
  else if (g_str_equal (text, "srflx") || g_str_equal (text, "prflx"))
    *kind = SHOAL_CANDIDATE_REFLEXIVE;
  else if (g_str_equal (text, "relay"))
    *kind = SHOAL_CANDIDATE_RELAYED;
  else
    return FALSE;
  return TRUE;
}

static gboolean
is_some_hosts (GInetAddress *address)
{
  const guint8 *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_is_any (address) || g_inet_address_get_is_loopback (address)
      || g_inet_address_get_is_multicast (address) || g_inet_address_get_is_link_local (address))
    return FALSE;
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    return bytes[0] != 0 && bytes[0] < 240; /* "this network"; reserved and broadcast */

  /* IPv4 in IPv6 (mapped, compatible, NAT64 of another network) would get by the above. */
  return memcmp (bytes, "\0\0\0\0\0\0\0\0\0\0\xFF\xFF", 12) != 0
         && memcmp (bytes, "\0\0\0\0\0\0\0\0\0\0\0\0", 12) != 0;
}

static gboolean
read_words (char **words, const char *text, ShoalCandidate *self, GError **error)
{
  g_autoptr (GInetAddress) address = NULL;
  g_autofree char *canonical = NULL;
  guint64 component, priority, port;

  if (g_strv_length (words) < N_WORDS || !is_foundation (words[0])
      || !g_ascii_string_to_unsigned (words[3], 10, 1, G_MAXINT32, &priority, NULL)
      || !g_ascii_string_to_unsigned (words[5], 10, 1, G_MAXUINT16, &port, NULL)
      || !g_str_equal (words[6], "typ") || !read_kind (words[7], &self->kind))
    return refuse (error, "it is no candidate", text);
  if (!g_ascii_string_to_unsigned (words[1], 10, 1, 1, &component, NULL))
    return refuse (error, "another component", text);
  if (g_ascii_strcasecmp (words[2], "UDP") != 0)
    return refuse (error, "not UDP", text);
  if (port < LOWEST_PORT)
    return refuse (error, "a port of services", text);

  address = strchr (words[4], '%') == NULL ? g_inet_address_new_from_string (words[4]) : NULL;
  if (address == NULL)
    return refuse (error, "not an address", text);
  if (!is_some_hosts (address))
    return refuse (error, "an address of no host", text);

  self->is_ipv6 = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6;
  canonical = g_inet_address_to_string (address);
  self->text = g_strdup_printf ("candidate:%s 1 UDP %" G_GUINT64_FORMAT " %s %" G_GUINT64_FORMAT
                                " typ %s", words[0], priority, canonical, port, words[7]);
  /* libnice asks for a base of what is not a host's; nothing is ever sent there. */
  if (self->kind != SHOAL_CANDIDATE_HOST)
    {
      char *without = g_steal_pointer (&self->text);

      self->text = g_strdup_printf ("%s raddr %s rport 9", without,
                                    self->is_ipv6 ? "::" : "0.0.0.0");
      g_free (without);
    }
  return TRUE;
}

ShoalCandidate *
shoal_candidate_check (const char *text, GError **error)
{
  g_autoptr (ShoalCandidate) self = g_new0 (ShoalCandidate, 1);
  g_auto (GStrv) words = NULL;
  const char *at = g_str_has_prefix (text, "a=") ? text + 2 : text;

  if (strlen (at) > MAX_TEXT || !g_str_has_prefix (at, "candidate:"))
    {
      refuse (error, "it is no candidate", text);
      return NULL;
    }
  words = g_strsplit (at + strlen ("candidate:"), " ", -1);
  return read_words (words, text, self, error) ? g_steal_pointer (&self) : NULL;
}

void
shoal_candidate_free (ShoalCandidate *self)
{
  g_free (self->text);
  g_free (self);
}

GSocketAddress *
shoal_told_address_check (const char *text, GError **error)
{
  const char *colon = strrchr (text, ':');
  size_t size = colon != NULL ? (size_t) (colon - text) : 0;
  gboolean has_brackets = size >= 2 && text[0] == '[' && colon[-1] == ']';
  g_autofree char *host
    = has_brackets ? g_strndup (text + 1, size - 2) : g_strndup (text, size);
  g_autoptr (GInetAddress) address = NULL;
  guint64 port;

  if (size == 0 || strlen (text) > MAX_TEXT || has_brackets != (strchr (host, ':') != NULL)
      || (address = g_inet_address_new_from_string (host)) == NULL)
    {
      refuse (error, "not an address", text);
      return NULL;
    }
  if (!g_ascii_isdigit (colon[1])
      || !g_ascii_string_to_unsigned (colon + 1, 10, LOWEST_PORT, 65535, &port, NULL))
    {
      refuse (error, "the port is one of a service", text);
      return NULL;
    }
  if (!is_some_hosts (address))
    {
      refuse (error, "no computer's address", text);
      return NULL;
    }
  return g_inet_socket_address_new (address, (guint16) port);
}
