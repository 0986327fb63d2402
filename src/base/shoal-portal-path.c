/* shoal-portal-path.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-base"

#include "config.h"

#include "shoal-portal-path.h"

#include <string.h>

/* (nullable): what follows the ID, without its slash. */
static const char *
skip_mount (const char *path, const char *mount)
{
  const char *id;

  if (!g_str_has_prefix (path, mount))
    return NULL;
  id = path + strlen (mount);
  if (!g_str_has_prefix (id, "/doc/"))
    return NULL;
  id += strlen ("/doc/");
  return *id != '/' ? strchr (id, '/') : NULL;
}

static const char *
skip_portal (const char *path)
{
  const char *rest = skip_mount (path, g_get_user_runtime_dir ());

  if (rest == NULL)
    rest = skip_mount (path, "/run/flatpak");
  return rest != NULL && rest[1] != '\0' ? rest + 1 : NULL;
}

gboolean
shoal_path_is_from_portal (const char *path)
{
  g_return_val_if_fail (path != NULL, FALSE);

  return skip_portal (path) != NULL;
}

char *
shoal_path_without_portal (const char *path)
{
  const char *rest;

  g_return_val_if_fail (path != NULL, NULL);

  rest = skip_portal (path);
  return g_strdup (rest != NULL ? rest : path);
}
