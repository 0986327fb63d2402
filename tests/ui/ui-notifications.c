/* ui-notifications.c: the desktop's notification service and ear, played by the test.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#define SERVICE "org.freedesktop.Notifications"
#define PATH "/org/freedesktop/Notifications"

static const char XML[]
  = "<node><interface name='" SERVICE "'>"
  "<method name='GetCapabilities'><arg type='as' direction='out'/></method>"
  "<method name='GetServerInformation'><arg type='s' direction='out'/>"
  "<arg type='s' direction='out'/><arg type='s' direction='out'/>"
  "<arg type='s' direction='out'/></method>"
  "<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/>"
  "<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>"
  "<arg type='as' direction='in'/><arg type='a{sv}' direction='in'/>"
  "<arg type='i' direction='in'/><arg type='u' direction='out'/></method>"
  "<method name='CloseNotification'><arg type='u' direction='in'/></method>"
  "<signal name='ActionInvoked'><arg type='u'/><arg type='s'/></signal>"
  "<signal name='NotificationClosed'><arg type='u'/><arg type='u'/></signal>"
  "</interface></node>";

static GDBusConnection *connection;
static GPtrArray *notifications; /* (owned) of UiNotification */
static guint n_sent;

/* --- What screen readers are told ------------------------------------------ */

/* GTK's own from 4.14 on, which crashes where GTK_A11Y is "test"; this one is found first. */
#if GTK_CHECK_VERSION (4, 14, 0)
typedef GtkAccessibleAnnouncementPriority Priority;
#else
typedef int Priority;
void gtk_accessible_announce (GtkAccessible *accessible, const char *words, Priority priority);
#endif

static char *announced; /* (owned) (nullable) */
static int announced_priority;

void
gtk_accessible_announce (GtkAccessible *accessible, const char *words, Priority priority)
{
  /* Toasts speak for themselves. */
  if (!SHOAL_IS_WINDOW (accessible))
    return;
  g_free (announced);
  announced = g_strdup (words);
  announced_priority = (int) priority;
}

gboolean
ui_has_announced (const char *words, int priority)
{
  return g_strcmp0 (announced, words) == 0 && announced_priority == priority;
}

/* --- The service ----------------------------------------------------------- */

static void
notification_free (UiNotification *self)
{
  g_free (self->title);
  g_free (self->body);
  g_strfreev (self->actions);
  g_free (self);
}

static UiNotification *
find_by_id (guint id)
{
  for (guint i = 0; i < notifications->len; i++)
    {
      UiNotification *self = g_ptr_array_index (notifications, i);

      if (self->id == id)
        return self;
    }
  return NULL;
}

static void
emit (const char *name, GVariant *parameters)
{
  g_autoptr (GError) error = NULL;

  g_dbus_connection_emit_signal (connection, NULL, PATH, SERVICE, name, parameters, &error);
  g_assert_no_error (error);
}

/* Replacing keeps the notification, and is one more that a person would see. */
static guint
notify (GVariant *parameters)
{
  UiNotification *self;
  guint replaces;

  g_variant_get_child (parameters, 1, "u", &replaces);
  self = replaces != 0 ? find_by_id (replaces) : NULL;
  if (self == NULL)
    {
      self = g_new0 (UiNotification, 1);
      self->id = notifications->len + 1;
      g_ptr_array_add (notifications, self);
    }
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->body, g_free);
  g_clear_pointer (&self->actions, g_strfreev);
  g_variant_get_child (parameters, 3, "s", &self->title);
  g_variant_get_child (parameters, 4, "s", &self->body);
  g_variant_get_child (parameters, 5, "^as", &self->actions);
  self->withdrawn = FALSE;
  n_sent++;
  return self->id;
}

static void
on_call (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
         const char *method, GVariant *parameters, GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  static const char *const CAPABILITIES[] = { "actions", "body", "persistence", NULL };

  if (g_str_equal (method, "Notify"))
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(u)", notify (parameters)));
  else if (g_str_equal (method, "CloseNotification"))
    {
      UiNotification *self;
      guint id;

      g_variant_get (parameters, "(u)", &id);
      self = find_by_id (id);
      if (self != NULL)
        self->withdrawn = TRUE;
      g_dbus_method_invocation_return_value (invocation, NULL);
      emit ("NotificationClosed", g_variant_new ("(uu)", id, 3));
    }
  else if (g_str_equal (method, "GetCapabilities"))
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(^as)", CAPABILITIES));
  else
    g_dbus_method_invocation_return_value (invocation,
                                           g_variant_new ("(ssss)", "test", "test", "1", "1.2"));
}

static void
on_owned (GDBusConnection *bus, const char *name, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

/* Once for the program: GNotification looks for the service only once too. */
void
ui_notifications_begin (void)
{
  static const GDBusInterfaceVTable VTABLE = { .method_call = on_call };
  g_autoptr (GDBusNodeInfo) node = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *address = NULL;
  gboolean owned = FALSE;

  n_sent = 0;
  if (notifications != NULL)
    return;
  notifications = g_ptr_array_new_with_free_func ((GDestroyNotify) notification_free);
  address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_assert_no_error (error);
  connection = g_dbus_connection_new_for_address_sync (
    address,
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    NULL, NULL, &error);
  g_assert_no_error (error);
  node = g_dbus_node_info_new_for_xml (XML, &error);
  g_assert_no_error (error);
  g_dbus_connection_register_object (connection, PATH, node->interfaces[0], &VTABLE, NULL, NULL,
                                     &error);
  g_assert_no_error (error);
  g_bus_own_name_on_connection (connection, SERVICE, G_BUS_NAME_OWNER_FLAGS_NONE, on_owned, NULL,
                                &owned, NULL);
  ui_wait_for (owned);
}

/* IDs start anew with each test; nothing of the last one is found again. */
void
ui_notifications_clear (void)
{
  g_clear_pointer (&announced, g_free);
  for (guint i = 0; i < notifications->len; i++)
    ((UiNotification *) g_ptr_array_index (notifications, i))->withdrawn = TRUE;
  n_sent = 0;
}

static UiNotification *
find_by_text (const char *text)
{
  for (guint i = notifications->len; i > 0; i--)
    {
      UiNotification *self = g_ptr_array_index (notifications, i - 1);

      if (!self->withdrawn
          && (strstr (self->title, text) != NULL || strstr (self->body, text) != NULL))
        return self;
    }
  return NULL;
}

UiNotification *
ui_notification (const char *text)
{
  UiNotification *self;

  ui_wait_for ((self = find_by_text (text)) != NULL);
  return self;
}

guint
ui_count_notifications (void)
{
  return n_sent;
}

void
ui_press_notification (UiNotification *self, const char *label)
{
  const char *key = label == NULL ? "default" : NULL;

  for (guint i = 0; key == NULL && self->actions[i] != NULL; i += 2)
    if (g_str_equal (self->actions[i + 1], label))
      key = self->actions[i];
  if (key == NULL)
    g_error ("“%s” has no button “%s”", self->title, label);
  g_assert_false (self->withdrawn);
  emit ("ActionInvoked", g_variant_new ("(us)", self->id, key));
  emit ("NotificationClosed", g_variant_new ("(uu)", self->id, 2));
}
