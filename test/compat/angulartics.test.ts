import { expect, test } from 'vitest';
import { openSite, snippets, useBrowser } from '../support/browser.js';
import { expectStored, packageScripts, personOf } from './support/packages.js';
import { eachNth } from '../support/long.js';

useBrowser();

/** The last release of angulartics that contains its KISSmetrics plugin; later releases have it in a separate package. */
const FILES = [
  'angular/angular.js',
  'angular-route/angular-route.js',
  'angulartics/src/angulartics.js',
  'angulartics/src/angulartics-kissmetrics.js',
];

const APPLICATION = `<script>
  angular.module('shop', ['ngRoute', 'angulartics', 'angulartics.kissmetrics'])
    .config(['$routeProvider', function ($routeProvider) {
      $routeProvider.when('/', { template: 'Home' }).when('/plans', { template: 'Plans' });
    }])
    .controller('Shop', ['$scope', '$analytics', function ($scope, $analytics) {
      $scope.signIn = function () {
        $analytics.setUsername('ada@example.com');
        $analytics.setUserProperties({ gender: 'female', visits: 3 });
      };
    }]);
</script>`;

const BODY = `<div ng-app="shop" ng-controller="Shop">
  <a id="plans" href="#!/plans">Plans</a>
  <button id="sign-up" analytics-on analytics-event="Signed Up" analytics-category="Plans"
    analytics-properties="{ 'Plan Name': 'Pro & more' }">Sign up</button>
  <button id="sign-in" ng-click="signIn()">Sign in</button>
  <div ng-view></div>
</div>`;

test.each(eachNth(['before', 'after'] as const, 2))(
  'angulartics in an AngularJS application, %s the loader',
  async (place) => {
    const site = await openSite();
    const plugin = (await packageScripts(site, ...FILES)) + APPLICATION;
    const loader = snippets.loader(site.collector);
    await site.open(place === 'before' ? plugin + loader : loader + plugin, { body: BODY });
    await site.page.click('#plans');
    await site.page.click('#sign-up');
    await site.page.click('#sign-in');

    await expectStored(site, (anonymous) => [
      { _p: anonymous, _n: 'Pageview', Page: '/' },
      { _p: anonymous, _n: 'Pageview', Page: '/plans' },
      { _p: anonymous, _n: 'Signed Up', category: 'Plans', 'Plan Name': 'Pro & more', eventType: 'click' },
      { _p: anonymous, _p2: 'ada@example.com' },
      { _p: 'ada@example.com', gender: 'female', visits: '3' },
    ]);
    expect(await personOf(site, 'ada@example.com')).toMatchObject({
      identities: [(await site.cookies()).km_ai, 'ada@example.com'].toSorted(),
      events: ['Pageview', 'Pageview', 'Signed Up'],
      properties: { 'Plan Name': 'Pro & more', gender: 'female', visits: '3' },
    });
    expect(site.errors).toEqual([]);
  },
);
