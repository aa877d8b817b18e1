<?php
// Installs the site of this folder and prints {"login": "application password"}.
define( 'WP_INSTALLING', true );
$_SERVER['HTTP_HOST'] = $argv[1];
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

wp_install( 'Werkstatt', 'sander', 'sander@beispiel.example', true, '', 'only-for-this-test-run' );
update_option( 'timezone_string', 'Europe/Berlin' );
update_option( 'permalink_structure', '/%postname%/' );
foreach ( get_posts( array( 'post_type' => 'any', 'post_status' => 'any', 'numberposts' => -1 ) ) as $post ) {
	wp_delete_post( $post->ID, true );
}

$people = array(
	'sander'  => 'administrator',
	'maria'   => 'editor',
	'jonas'   => 'author',
	'charlie' => 'contributor',
);
$passwords = array();
foreach ( $people as $login => $role ) {
	$user = get_user_by( 'login', $login );
	$id   = $user ? $user->ID : wp_insert_user(
		array(
			'user_login'   => $login,
			'user_pass'    => wp_generate_password(),
			'user_email'   => "$login@beispiel.example",
			'display_name' => ucfirst( $login ) . ' Müller',
			'role'         => $role,
		)
	);
	list( $passwords[ $login ] ) = WP_Application_Passwords::create_new_application_password( $id, array( 'name' => 'Staffelstab' ) );
}
echo "\n", wp_json_encode( $passwords );
