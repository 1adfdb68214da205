import TopNavigation, { type TopNavigationProps } from '@cloudscape-design/components/top-navigation';
import { chooseTheme, useTheme } from './theme';

interface Props {
  /** who is signed in; absent before. */
  accessKeyId?: string;
  signOut?: () => void;
}

/** TopBar is the bar over every page: the name, the theme, who is signed in. */
export function TopBar({ accessKeyId, signOut }: Props) {
  const theme = useTheme();
  const utilities: TopNavigationProps.Utility[] = [
    {
      type: 'button',
      text: theme === 'dark' ? 'Light mode' : 'Dark mode',
      onClick: () => chooseTheme(theme === 'dark' ? 'light' : 'dark'),
    },
  ];
  if (accessKeyId) {
    utilities.push({
      type: 'menu-dropdown',
      text: accessKeyId,
      iconName: 'user-profile',
      items: [{ id: 'sign-out', text: 'Sign out' }],
      onItemClick: () => signOut?.(),
    });
  }
  return (
    <div id="top-bar">
      <TopNavigation
        identity={{ href: '#/', title: 'Warmfront' }}
        utilities={utilities}
        i18nStrings={{
          overflowMenuTriggerText: 'More',
          overflowMenuTitleText: 'All',
          overflowMenuBackIconAriaLabel: 'Back',
          overflowMenuDismissIconAriaLabel: 'Close menu',
        }}
      />
    </div>
  );
}
