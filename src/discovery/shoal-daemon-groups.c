/* shoal-daemon-groups.c: what we announce through avahi-daemon: an entry group for each service.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The daemon handles the calls on one group in order, so they need not wait for each other. What
 * can go wrong: somebody else has the name (at once on this computer, as an error; on the network
 * later, as a state of the group): take another and add again. While the daemon has no host name
 * the groups are empty.
 */

#define G_LOG_DOMAIN "shoal-discovery"

#include "config.h"

#include "shoal-daemon-private.h"

#include "shoal-mdns.h"
#include "shoal-txt.h"

#define COLLISION_ERROR "org.freedesktop.Avahi.CollisionError"

/* Names tried for one service on one daemon before it is left alone. */
#define MAX_NAMES 100u
/* Until a group that failed is added again. */
#define RETRY (10 * G_TIME_SPAN_SECOND)

typedef struct
{
  ShoalDaemon  *daemon;   /* (unowned): a group dies before it */
  ShoalService *service;  /* (unowned) */
  char         *path;     /* (owned) (nullable): until the daemon tells */
  gboolean      used;     /* something may be in it */
  gboolean      adding;   /* an AddService is on its way */
  gboolean      added;    /* it succeeded: the records are there or on probation */
  gboolean      outdated; /* the service changed while `adding` */
  guint         n_names;
  guint         timer;
} Group;

static void make (Group *self);
static void add (Group *self);

static void
group_free (Group *self)
{
  shoal_runtime_clear_timer (self->daemon->base.runtime, &self->timer);
  g_free (self->path);
  g_free (self);
}

static void
call_group (Group *self, const char *method, GVariant *parameters, ShoalDaemonReply reply)
{
  shoal_daemon_call (self->daemon, self->path, AVAHI_ENTRY_GROUP_INTERFACE, method, parameters,
                     "()", reply, g_strdup (self->path), g_free);
}

/* A reply may come for a group that is gone, so they are found by path. */
static Group *
find_group (ShoalDaemon *self, const char *path)
{
  for (guint i = 0; i < self->groups->len; i++)
    {
      Group *group = g_ptr_array_index (self->groups, i);

      if (g_strcmp0 (group->path, path) == 0)
        return group;
    }
  return NULL;
}

static GVariant *
txt_variant (GBytes *txt)
{
  g_autoptr (GPtrArray) strings = shoal_txt_split (txt);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aay"));
  for (guint i = 0; strings != NULL && i < strings->len; i++)
    g_variant_builder_add_value (
      &builder,
      g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, g_ptr_array_index (strings, i), TRUE));
  return g_variant_builder_end (&builder);
}

/* --- Adding -------------------------------------------------------------- */

static void
on_retry (gpointer user_data)
{
  Group *self = user_data;

  self->timer = 0;
  if (self->path == NULL)
    make (self);
  else
    add (self);
}

static void
retry_later (Group *self)
{
  if (self->timer == 0)
    self->timer = shoal_runtime_add_timer (self->daemon->base.runtime, RETRY, on_retry, self);
}

/* @contested: somebody on the network has it or wants it, not a program on this computer. */
static void
take_another_name (Group *self, gboolean contested)
{
  if (++self->n_names > MAX_NAMES)
    {
      g_warning ("No name is free for “%s” on the local network", self->service->name);
      return;
    }
  shoal_responder_rename (self->service, contested ? self->n_names - 1 : 0,
                          self->daemon->base.runtime);
  add (self);
}

static void
on_added (ShoalDaemon *daemon, GVariant *reply, const GError *error, gpointer user_data)
{
  Group *self = find_group (daemon, user_data);
  g_autofree char *remote = error != NULL ? g_dbus_error_get_remote_error (error) : NULL;

  if (self == NULL)
    return;
  self->adding = FALSE;
  self->added = error == NULL;

  if (self->outdated || daemon->state != AVAHI_SERVER_RUNNING)
    add (self);
  else if (error == NULL)
    call_group (self, "Commit", NULL, NULL);
  else if (g_strcmp0 (remote, COLLISION_ERROR) == 0)
    take_another_name (self, FALSE);
  else
    {
      g_autofree char *why = shoal_daemon_explain (error);

      g_message ("avahi-daemon does not announce “%s”: %s", self->service->name, why);
      retry_later (self);
    }
}

static void
add (Group *self)
{
  ShoalService *service = self->service;
  g_autoptr (GArray) indices = NULL;

  if (self->path == NULL)
    return;
  if (self->adding)
    {
      self->outdated = TRUE;
      return;
    }

  if (self->used)
    call_group (self, "Reset", NULL, NULL);
  self->used = self->added = self->outdated = FALSE;
  if (self->daemon->state != AVAHI_SERVER_RUNNING)
    return;

  indices = shoal_responder_list_interfaces (&self->daemon->base);
  if (indices->len == 0)
    return; /* again when an interface comes */
  self->used = self->adding = TRUE;
  for (guint i = 0; i < indices->len; i++)
    call_group (self, "AddService",
                g_variant_new ("(iiussssq@aay)", g_array_index (indices, int, i),
                               AVAHI_PROTO_UNSPEC, 0u, service->name, SHOAL_MDNS_SERVICE_TYPE, "",
                               "", service->port, txt_variant (service->txt)),
                i + 1 < indices->len ? NULL : on_added);
}

static void
on_group_made (ShoalDaemon *daemon, GVariant *reply, const GError *error, gpointer user_data)
{
  ShoalService *service = NULL;
  guint id = GPOINTER_TO_UINT (user_data);
  Group *self = NULL;
  const char *path;

  for (guint i = 0; i < daemon->groups->len && service == NULL; i++)
    {
      self = g_ptr_array_index (daemon->groups, i);
      if (self->service->id == id)
        service = self->service;
    }

  if (error != NULL)
    {
      g_autofree char *why = shoal_daemon_explain (error);

      g_message ("avahi-daemon does not let us announce: %s", why);
      if (service != NULL)
        retry_later (self);
      return;
    }
  g_variant_get (reply, "(&o)", &path);
  if (service == NULL)
    {
      shoal_daemon_call (daemon, path, AVAHI_ENTRY_GROUP_INTERFACE, "Free", NULL, "()", NULL, NULL,
                         NULL);
      return;
    }
  self->path = g_strdup (path);
  add (self);
}

static void
make (Group *self)
{
  shoal_daemon_call (self->daemon, "/", shoal_daemon_server_interface (self->daemon),
                     "EntryGroupNew", NULL, "(o)", on_group_made,
                     GUINT_TO_POINTER (self->service->id), NULL);
}

void
shoal_daemon_groups_signal (ShoalDaemon *daemon,
                            const char  *path,
                            const char  *member,
                            GVariant    *parameters)
{
  Group *self = find_group (daemon, path);
  int state;

  if (self == NULL || strcmp (member, "StateChanged") != 0
      || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(is)")))
    return;

  g_variant_get (parameters, "(is)", &state, NULL);
  if (state == AVAHI_ENTRY_GROUP_ESTABLISHED)
    daemon->base.events->announced (self->service, daemon->base.user_data);
  else if (state == AVAHI_ENTRY_GROUP_COLLISION && !self->adding)
    take_another_name (self, TRUE);
  else if (state == AVAHI_ENTRY_GROUP_FAILURE)
    retry_later (self);
}

/* --- The responder ------------------------------------------------------- */

void
shoal_daemon_groups_init (ShoalDaemon *self)
{
  self->groups = g_ptr_array_new_with_free_func ((GDestroyNotify) group_free);
}

void
shoal_daemon_groups_clear (ShoalDaemon *self)
{
  g_ptr_array_set_size (self->groups, 0);
}

void
shoal_daemon_groups_on_state (ShoalDaemon *self)
{
  gboolean running = self->state == AVAHI_SERVER_RUNNING;

  for (guint i = 0; i < self->groups->len; i++)
    {
      Group *group = g_ptr_array_index (self->groups, i);

      if (running != (group->added || group->adding))
        add (group);
    }
}

void
shoal_daemon_publish (ShoalResponder *base, ShoalService *service)
{
  ShoalDaemon *daemon = (ShoalDaemon *) base;
  Group *self = service->slot;

  if (self != NULL)
    {
      add (self);
      return;
    }

  self = g_new0 (Group, 1);
  self->daemon = daemon;
  self->service = service;
  service->slot = self;
  g_ptr_array_add (daemon->groups, self);
  make (self);
}

static void
on_updated (ShoalDaemon *daemon, GVariant *reply, const GError *error, gpointer user_data)
{
  Group *self = find_group (daemon, user_data);

  /* A collision emptied it at the same time, or the like: adding says all there is. */
  if (self != NULL && error != NULL)
    add (self);
}

void
shoal_daemon_update (ShoalResponder *base, ShoalService *service)
{
  Group *self = service->slot;

  if (self == NULL || !self->added || !shoal_responder_uses_all (base))
    {
      shoal_daemon_publish (base, service);
      return;
    }
  call_group (self, "UpdateServiceTxt",
              g_variant_new ("(iiusss@aay)", AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, 0u,
                             service->name, SHOAL_MDNS_SERVICE_TYPE, "",
                             txt_variant (service->txt)),
              on_updated);
}

void
shoal_daemon_withdraw (ShoalResponder *base, ShoalService *service)
{
  ShoalDaemon *daemon = (ShoalDaemon *) base;
  Group *self = service->slot;

  service->slot = NULL;
  if (self == NULL)
    return;
  if (self->path != NULL)
    call_group (self, "Free", NULL, NULL);
  g_ptr_array_remove (daemon->groups, self);
}
