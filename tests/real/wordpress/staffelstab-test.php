<?php
/**
 * Plugin Name: What may go wrong on a WordPress site
 *
 * Reads switches.json beside it at every request:
 *   {"rest_off": true}                                     a switch of the whole site
 *   {"fault": {"kind": "busy", "method": "POST", "route": "/wp/v2/posts"}}   meets the calls that fit; "" fits all
 */

$GLOBALS['staffelstab'] = is_file( __DIR__ . '/switches.json' )
	? json_decode( file_get_contents( __DIR__ . '/switches.json' ), true )
	: array();

function staffelstab_switch( $name ) {
	return $GLOBALS['staffelstab'][ $name ] ?? null;
}

function wp_mail() {
	return true;
}

add_filter( 'pre_option_permalink_structure', fn( $value ) => staffelstab_switch( 'plain_permalinks' ) ? '' : $value );
add_filter( 'pre_option_rewrite_rules', fn( $value ) => staffelstab_switch( 'plain_permalinks' ) ? array() : $value );
add_filter( 'locale', fn( $locale ) => staffelstab_switch( 'locale' ) ?? $locale );
add_filter( 'run_wptexturize', fn( $run ) => staffelstab_switch( 'plain_typography' ) ? false : $run );
add_filter( 'wp_is_application_passwords_available', fn( $on ) => staffelstab_switch( 'passwords_off' ) ? false : $on );

// -- the interface switched off, in the three ways that plugins have

add_filter(
	'rest_authentication_errors',
	fn( $result ) => staffelstab_switch( 'rest_off' )
		? new WP_Error( 'rest_cannot_access', 'DRA: Only authenticated users can access the REST API.', array( 'status' => 401 ) )
		: $result
);
add_filter( 'rest_endpoints', fn( $endpoints ) => staffelstab_switch( 'rest_emptied' ) ? array() : $endpoints );
add_action(
	'init',
	function () {
		$is_interface = str_starts_with( $_SERVER['REQUEST_URI'], '/wp-json' ) || isset( $_GET['rest_route'] );
		if ( $is_interface && staffelstab_switch( 'firewall' ) ) {
			status_header( 403 );
			die( '<!doctype html><html><head><title>403 Forbidden – Blocked by firewall</title></head><body></body></html>' );
		}
		$target = staffelstab_switch( 'moved_to' );
		if ( $target ) {
			header( 'Location: ' . $target . $_SERVER['REQUEST_URI'], true, 301 );
			exit;
		}
	}
);

// -- a site whose plugins change what is saved

add_filter(
	'wp_insert_post_data',
	function ( $data ) {
		if ( 'post' !== $data['post_type'] ) {
			return $data;
		}
		if ( staffelstab_switch( 'plugin_changes_title' ) ) {
			$data['post_title'] .= ' | Werkstatt';
		}
		if ( 'publish' === $data['post_status'] && staffelstab_switch( 'publishing_becomes' ) ) {
			$data['post_status'] = staffelstab_switch( 'publishing_becomes' );
		}
		if ( 'publish' === $data['post_status'] && staffelstab_switch( 'slug_race' ) ) {
			$data['post_name'] .= '-2';
		}
		return $data;
	}
);

// -- faults of single calls

function staffelstab_fault( $request, $kinds ) {
	$fault = staffelstab_switch( 'fault' );
	$fits  = $fault && in_array( $fault['kind'], $kinds, true )
		&& in_array( $fault['method'], array( '', $request->get_method() ), true )
		&& ( '' === $fault['route'] || str_starts_with( $request->get_route(), $fault['route'] ) );
	return $fits ? $fault['kind'] : null;
}

add_filter(
	'rest_pre_dispatch',
	function ( $result, $server, $request ) {
		switch ( staffelstab_fault( $request, array( 'busy', 'maintenance', 'signed_out', 'forbidden', 'refused' ) ) ) {
			case 'busy':
				header( 'Retry-After: 7' );
				return new WP_Error( 'too_many_requests', 'Bitte später.', array( 'status' => 429 ) );
			case 'maintenance':
				status_header( 503 );
				header( 'Retry-After: 600' );
				die( '<!doctype html><title>Wartung</title>Kurz nicht erreichbar.' );
			case 'signed_out':
				return new WP_Error( 'rest_not_logged_in', 'Sie sind nicht angemeldet.', array( 'status' => 401 ) );
			case 'forbidden':
				return new WP_Error( 'rest_forbidden', 'Das dürfen Sie nicht.', array( 'status' => 403 ) );
			case 'refused':
				return new WP_Error( 'rest_invalid_param', 'Ungültige Angabe.', array( 'status' => 400 ) );
		}
		return $result;
	},
	10,
	3
);

add_filter(
	'rest_pre_serve_request',
	function ( $served, $result, $request ) {
		switch ( staffelstab_fault( $request, array( 'gateway', 'cut', 'slow', 'notice' ) ) ) {
			case 'gateway':
				status_header( 502 );
				header( 'Content-Type: text/html' );
				echo '<html><head><title>502 Bad Gateway</title></head></html>';
				return true;
			case 'cut':
				header( 'Content-Length: 100000' );
				echo '{"id":';
				return true;
			case 'slow':
				sleep( 3 );
				return $served;
			case 'notice':
				echo "<br />\n<b>Warning</b>:  Undefined array key in /srv/plugins/seo.php on line 9<br />\n";
				return $served;
		}
		return $served;
	},
	10,
	3
);
