/* shoal-server.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"

#include "config.h"

#include "shoal-server.h"

#include "shoal-ice.h"

#include <string.h>

/* By ShoalServerKind. */
static const struct
{
  ShoalIceServerKind  kind;
  const char         *scheme;
  const char         *query;
  guint16             port; /* the usual one */
} KINDS[] = {
  { SHOAL_ICE_STUN, "stun", "", 3478 },
  { SHOAL_ICE_TURN, "turn", "", 3478 },
  { SHOAL_ICE_TURN_TCP, "turn", "?transport=tcp", 3478 },
  { SHOAL_ICE_TURN_TLS, "turns", "", 5349 },
};

ShoalServer *
shoal_server_parse (const char *text, GError **error)
{
  ShoalIceServer *parsed = shoal_ice_server_parse (text, error);
  ShoalServer *self;
  guint kind = 0;

  if (parsed == NULL)
    return NULL;
  while (KINDS[kind].kind != parsed->kind)
    kind++;
  self = g_new0 (ShoalServer, 1);
  self->kind = (ShoalServerKind) kind;
  self->host = g_steal_pointer (&parsed->host);
  self->port = parsed->port != KINDS[kind].port ? parsed->port : 0;
  self->user = g_steal_pointer (&parsed->user);
  self->password = g_steal_pointer (&parsed->password);
  shoal_ice_server_free (parsed);
  return self;
}

char *
shoal_server_format (const ShoalServer *server)
{
  GString *text = g_string_new (NULL);
  gboolean is_ipv6 = strchr (server->host, ':') != NULL;

  g_string_append_printf (text, "%s:", KINDS[server->kind].scheme);
  if (server->user != NULL)
    {
      g_string_append_uri_escaped (text, server->user, NULL, FALSE);
      if (server->password != NULL)
        {
          g_string_append_c (text, ':');
          g_string_append_uri_escaped (text, server->password, NULL, FALSE);
        }
      g_string_append_c (text, '@');
    }
  g_string_append_printf (text, is_ipv6 ? "[%s]" : "%s", server->host);
  if (server->port != 0)
    g_string_append_printf (text, ":%u", server->port);
  g_string_append (text, KINDS[server->kind].query);
  return g_string_free (text, FALSE);
}

char *
shoal_server_mask (const char *text)
{
  const char *at = strrchr (text, '@');
  const char *colon = strchr (text, ':');
  const char *second = colon != NULL ? strchr (colon + 1, ':') : NULL;

  if (at == NULL || second == NULL || second > at)
    return g_strdup (text);
  return g_strdup_printf ("%.*s:" SHOAL_SERVER_HIDDEN "%s", (int) (second - text), text, at);
}

void
shoal_server_free (ShoalServer *server)
{
  g_free (server->host);
  g_free (server->user);
  g_free (server->password);
  g_free (server);
}
